"""Who gets which batch size: the policies of the offline engines, on state that is stored.

::

    dispatcher ──▶ dispatching, reporting, profiling, recording ──▶ desk ──▶ live ──▶ parts ──▶ simulator.policy
    (use cases)    registering, lost                                 │         └───▶ policies
                   reading ──▶ found                                 └───▶ memory

`Dispatcher` offers the use cases, each of them a transaction; a module of functions carries out each kind. `Desk` is
what one transaction sees of one job: the job locked, its policy loaded when it is needed, changes stored at the end.
"""
