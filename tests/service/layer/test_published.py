"""The published service's layer, called the same way, draws and finds the same."""

from __future__ import annotations

import importlib
import random
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from layered import a_spec, an_arm
from published_layer import SIZES, Ours, Published
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from simulator.errors import BadOperationError, BadValueError
from simulator.service.database import Database
from simulator.service.model import TrialType

MODULES = {
    "arms": "batch_size_state.models",
    "trials": "batch_size_state.commands",
    "jobs": "job.commands",
    "job_states": "job.models",
    "calls": "services.commands",
    "service": "services.service",
    "tables": "database.schema",
    "errors": "exceptions",
}


@pytest.fixture(scope="module")
def zeus():
    """Parts of the published service."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports what newer packages moved
        try:
            root = "zeus.optimizer.batch_size.server"
            return SimpleNamespace(**{name: importlib.import_module(f"{root}.{at}") for name, at in MODULES.items()})
        except ImportError as error:
            pytest.skip(f"the published service cannot be imported beside these packages: {error}")


class OlderGenerator(np.random.Generator):
    """numpy's generator as it was: the published layer stores what newer ones no longer tell, and draws anew."""

    def __getstate__(self):
        return self.bit_generator.state

    def __setstate__(self, state):
        self.bit_generator.state = state


@pytest.fixture
def older_numpy(zeus, monkeypatch):
    """Give the published layer a numpy whose generators tell where they stand."""
    random_ = SimpleNamespace(default_rng=lambda seed: OlderGenerator(np.random.PCG64(seed)))
    older = SimpleNamespace(random=random_, array=np.array)
    for name in (
        "batch_size.server.job.commands",
        "batch_size.server.job.models",
        "batch_size.server.services.service",
    ):
        module = importlib.import_module(f"zeus.optimizer.{name}")
        if hasattr(module, "np"):
            monkeypatch.setattr(module, "np", older)


def a_story(draws: random.Random, steps: int):
    """Draw a list of sessions, each a list of calls: some fetch what they change, some do not."""
    last, story, arms = dict.fromkeys(("resnet", "bert"), 0), [], set()
    for _ in range(steps):
        job_id = draws.choice(("resnet", "bert"))
        size, number = draws.choice(SIZES), draws.randint(1, last[job_id] + 2)
        calls = [("get_job", draws.choice((job_id, job_id, job_id, "bert", "gpt")))]
        fetched = calls[0][1] == job_id
        kind = draws.randrange(8)
        if kind < 3:
            last[job_id] += fetched
            calls.append(("create_trial", job_id, draws.choice(list(TrialType)), size))
        elif kind == 3:
            calls += [("get_trial", job_id, size, number), ("results", job_id, size), ("explorations", job_id)]
        elif kind == 4:
            calls += [
                ("get_trial", job_id, size, number),
                ("update_trial", job_id, size, number, draws.choice((None, draws.uniform(0, 100)))),
            ]
        elif kind == 5:
            calls += [("choices", job_id), ("normal", job_id, draws.gauss(0, 9), draws.random()), ("choices", job_id)]
        elif kind == 6 and (job_id, size) not in arms:
            if fetched:
                arms.add((job_id, size))
            calls.append(("create_arm", an_arm(job_id, size, mean=draws.random())))
        else:
            calls += [
                ("get_trial", job_id, size, number),
                ("get_arm", job_id, size),
                ("update_arm", number, an_arm(job_id, size, mean=draws.random(), n_observations=number)),
                ("arms", job_id),
            ]
        story.append(calls)
    return [*story, [("delete_job", "resnet"), ("delete_job", "resnet"), ("arms", "resnet"), ("arms", "bert")]]


async def told(layer, calls, refusals):
    """Make the calls of a session and say what came back; a refusal ends it."""
    answers = []
    for name, *arguments in calls:
        try:
            answers.append(await getattr(layer, name)(*arguments))
        except refusals as error:
            answers.append(f"refused {refusals.index(type(error))}")  # the operation, or the value
            break
    return answers


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(6))
def test_the_published_layer_agrees(zeus, older_numpy, sqlite_url, run_async, tmp_path, seed):
    """Numbers, windows, explorations, draws, lowest costs, arms and refusals of operations, over many sessions.

    What ours does otherwise on purpose is left out: runs that did not converge, and arms that learn from trials of
    type Concurrent.
    """
    draws = random.Random(seed)
    specs = [a_spec(name, window_size=draws.randrange(3), seed=seed + k) for k, name in enumerate(("resnet", "bert"))]
    story = [[("create_job", spec)] for spec in specs] + a_story(draws, 60)
    refusals = (zeus.errors.ZeusBSOServiceBadOperationError, zeus.errors.ZeusBSOValueError)

    async def play():
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'published.db'}")
        async with engine.begin() as connection:
            await connection.run_sync(zeus.tables.Base.metadata.create_all)
        ours, refused = Database(sqlite_url), 0
        try:
            for calls in story:
                async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
                    expected = await told(Published(zeus, session), calls, refusals)
                answers = await ours.run(
                    lambda session, calls=calls: told(Ours(session), calls, (BadOperationError, BadValueError))
                )
                assert answers == expected, calls
                refused += str(answers[-1]).startswith("refused")
        finally:
            await ours.close()
            await engine.dispose()
        return refused

    assert 0 < run_async(play()) < len(story)
