"""Frameworks' callbacks that report to the service, each in a file of its own; none is imported before it is used.

========================  ==========================================================================
a plain loop              ``for epoch in run.epochs(): …; run.report(metric=…)``
PyTorch, several ranks    ``client.train(..., broadcast=pytorch.broadcast)``
Hugging Face Trainer      ``Trainer(..., callbacks=[huggingface.TrialCallback(run)])``
Lightning                 ``Trainer(..., callbacks=[lightning.TrialCallback(run)])``
========================  ==========================================================================

They report and stop, and set nothing: loaders are made with ``run.batch_size`` by whoever makes them.
"""
