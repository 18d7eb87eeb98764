"""Frameworks' callbacks that report to a collection, each in a file of its own; none is imported before it is used.

========================  ==========================================================================
a plain loop              ``for epoch in events.epochs(n)`` (`simulator.collect.events`)
PyTorch                   ``for batch in pytorch.measured(loader)`` within such a loop
Hugging Face Trainer      ``Trainer(..., callbacks=[huggingface.EventsCallback()])``
Lightning                 ``Trainer(..., callbacks=[lightning.EventsCallback()])``
Keras                     ``model.fit(..., callbacks=[keras.EventsCallback()])``
========================  ==========================================================================

When the collection has enough, each stops its framework in the framework's own way. Outside a collection they do
nothing.
"""
