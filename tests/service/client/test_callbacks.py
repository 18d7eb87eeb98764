"""Frameworks' callbacks; a framework that is not installed is stood in for by the few names that are used of it."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
from types import SimpleNamespace

import pytest

from simulator.errors import BadValueError, FrameworkMissingError
from simulator.service.client.callbacks import pytorch

NAMES = ["huggingface", "lightning"]


class Run:
    """What was reported; the third report is told to stop."""

    def __init__(self):
        self.begun, self.reports = 0, []

    def begin(self):
        self.begun += 1

    def report(self, *, metric, epoch):
        self.reports.append((metric, epoch))
        return len(self.reports) >= 3


@pytest.fixture
def callback(monkeypatch):
    """Make a callback of a framework that is not there."""

    class Base:
        pass

    def make(name, run, **knobs):
        module = importlib.import_module(f"simulator.service.client.callbacks.{name}")
        stand_in = SimpleNamespace(TrainerCallback=Base, Callback=Base)
        monkeypatch.setattr(module, "framework", lambda *_, **__: stand_in)
        monkeypatch.delitem(vars(module), "TrialCallback", raising=False)
        made = module.TrialCallback(run, **knobs)
        del module.TrialCallback  # what stands in here must not stay
        return made

    return make


@pytest.mark.parametrize("name", [*NAMES, "pytorch"])
def test_importing_a_callback_imports_no_framework(name):
    """Only asking for it does."""
    heavy = ["torch", "transformers", "lightning", "pytorch_lightning", "httpx", "numpy"]
    code = f"import sys, simulator.service.client.callbacks.{name}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "install"),
    [("huggingface", "pip install transformers accelerate"), ("lightning", "pip install lightning")],
)
def test_a_missing_framework_is_named(monkeypatch, name, install):
    """And the command that installs it."""
    module = importlib.import_module(f"simulator.service.client.callbacks.{name}")
    monkeypatch.delitem(vars(module), "TrialCallback", raising=False)

    def missing(module):
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    monkeypatch.setattr("simulator.frameworks.import_module", missing)
    with pytest.raises(FrameworkMissingError, match=install):
        _ = module.TrialCallback
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = module.Nothing
    with pytest.raises(FrameworkMissingError, match="pip install torch"):
        pytorch.broadcast(1)


def test_hugging_faces_trainer_reports_validation(callback):
    """That of its training alone, with whole epochs."""
    run = Run()
    told, control = callback("huggingface", run), SimpleNamespace(should_training_stop=False)

    def evaluate(epoch, **metrics):
        told.on_evaluate(None, SimpleNamespace(epoch=epoch), control, metrics=metrics)

    evaluate(None, eval_accuracy=0.0)
    told.on_train_begin(None, None, control)
    evaluate(0.5, eval_accuracy=0.1)
    evaluate(1.0, eval_accuracy=0.2, eval_loss=1.0)
    assert not control.should_training_stop
    evaluate(2.0, eval_accuracy=0.3)
    assert control.should_training_stop
    told.on_train_end(None, None, control)
    evaluate(2.0, eval_accuracy=0.9)
    assert run.reports == [(0.1, 1), (0.2, 1), (0.3, 2)]
    assert run.begun == 1


def test_lightnings_trainer_reports_validation(callback):
    """But for the sanity check and a validation by itself; when one rank is to stop, all are."""
    run = Run()
    told, asked = callback("lightning", run, metric="accuracy"), []
    strategy = SimpleNamespace(reduce_boolean_decision=lambda stop, **how: asked.append((stop, how)) or stop)
    trainer = SimpleNamespace(
        sanity_checking=True, state=SimpleNamespace(fn="fit"), strategy=strategy, should_stop=False
    )

    def validate(epoch, metric, fn="fit"):
        trainer.current_epoch, trainer.callback_metrics, trainer.state.fn = epoch, {"accuracy": metric}, fn
        told.on_validation_end(trainer, None)

    validate(0, 0.0)
    trainer.sanity_checking = False
    told.on_train_start(trainer, None)
    validate(0, 0.9, fn="validate")
    for epoch in range(3):
        assert not trainer.should_stop
        validate(epoch, epoch / 10)
    assert trainer.should_stop
    assert run.reports == [(0.0, 1), (0.1, 2), (0.2, 3)]
    assert asked == [(stop, {"all": False}) for stop in (False, False, True)]


@pytest.mark.parametrize(
    ("metrics", "why"), [({"eval_acuracy": 1}, "did you mean 'eval_acuracy'"), ({}, "there are: none")]
)
def test_a_metric_that_is_not_there_is_said(callback, metrics, why):
    """A misspelt one, or a validation that computes none."""
    told = callback("huggingface", Run())
    told.on_train_begin(None, None, None)
    with pytest.raises(BadValueError, match=why):
        told.on_evaluate(None, SimpleNamespace(epoch=1.0), None, metrics=metrics)


@pytest.mark.filterwarnings("ignore")  # the framework's own
def test_a_real_trainer_of_hugging_face_stops(tmp_path, client, job):
    """After the epoch that reached the target, with the size that the service chose."""
    transformers = pytest.importorskip("transformers", reason="needs pip install transformers accelerate")
    pytest.importorskip("accelerate", reason="needs pip install transformers accelerate")
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install torch")
    from simulator.service.client import EnergyMeter
    from simulator.service.client.callbacks.huggingface import TrialCallback

    rows = [{"input_ids": torch.tensor([i % 7, 1, 2]), "labels": torch.tensor(i % 2)} for i in range(64)]
    small = {"vocab_size": 8, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    model = transformers.BertForSequenceClassification(transformers.BertConfig(**small, intermediate_size=8))
    answers = iter([0.25, 0.5, 0.95, 0.96, 0.97])
    with client.train(meter=EnergyMeter(power_w=100), **job) as run:
        words = {"report_to": [], "save_strategy": "no", "use_cpu": True, "eval_strategy": "epoch"}
        args = transformers.TrainingArguments(
            output_dir=str(tmp_path), num_train_epochs=5, per_device_train_batch_size=run.batch_size, **words
        )
        trainer = transformers.Trainer(
            model=model,
            args=args,
            train_dataset=rows,
            eval_dataset=rows[:4],
            compute_metrics=lambda _: {"accuracy": next(answers)},
            callbacks=[TrialCallback(run)],
        )
        trainer.train()
    assert trainer.state.epoch == 3
    assert (run.converged, run.epoch) == (True, 3)


@pytest.mark.filterwarnings("ignore")  # the framework's own
def test_a_real_trainer_of_lightning_stops(tmp_path, client, job):
    """After the epoch that reached the target."""
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install torch")
    lightning = pytest.importorskip("lightning.pytorch", reason="needs pip install lightning")
    from simulator.service.client import EnergyMeter
    from simulator.service.client.callbacks.lightning import TrialCallback

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(3, 1)

        def training_step(self, batch, _):
            return self.layer(batch[0]).square().mean()

        def validation_step(self, batch, _):
            self.log("val_accuracy", 0.0 if self.trainer.sanity_checking else (self.trainer.current_epoch + 1) / 3)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.01)

    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "accelerator": "cpu"}
    with client.train(meter=EnergyMeter(power_w=100), **job) as run:
        loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(64, 3)), run.batch_size)
        trainer = lightning.Trainer(max_epochs=5, default_root_dir=tmp_path, callbacks=[TrialCallback(run)], **quiet)
        trainer.fit(Module(), loader, loader)
    assert trainer.current_epoch == 3
    assert (run.converged, run.epoch) == (True, 3)


@pytest.mark.filterwarnings("ignore")  # the framework's own
@pytest.mark.parametrize("name", NAMES)
def test_a_callback_can_be_pickled(name):
    """Whoever trains in spawned processes needs its class."""
    pytest.importorskip({"huggingface": "transformers", "lightning": "lightning.pytorch"}[name], reason="needs it")
    module = importlib.import_module(f"simulator.service.client.callbacks.{name}")
    assert pickle.loads(pickle.dumps(module.TrialCallback)) is module.TrialCallback  # noqa: S301  made on the line itself


def test_a_broadcast_of_pytorch(tmp_path, scripts):
    """Two processes, of which one is told; without a process group the value stays."""
    pytest.importorskip("torch", reason="needs PyTorch: pip install torch")
    text = f"""
import sys, torch.distributed as distributed
from simulator.service.client.callbacks.pytorch import broadcast
assert broadcast(5) == 5
rank = int(sys.argv[1]) if len(sys.argv) > 1 else int(__import__("os").environ["RANK"])
distributed.init_process_group("gloo", init_method="file://{tmp_path}/meet", rank=rank, world_size=2)
print(broadcast({{"told": [1, None]}} if rank == 0 else None))
"""
    processes = [scripts(text, RANK=str(rank)) for rank in range(2)]
    assert [process.communicate(timeout=120)[0] for process in processes] == ["{'told': [1, None]}\n"] * 2
