"""Arguments of the wrong kind, without the check of types that tests have: each is told in two sentences."""

import json
import os
import subprocess
import sys

from snnlib import paths

CALLS = """
import json, math, torch
from torch import nn
from snnlib.errors import SettingError
from snnlib.inversion import brainleaks_v1, fredrikson
from snnlib.networks import mlp
from snnlib.neurons import integrate_and_fire, lif

neuron = {"beta": 0.7, "threshold": 1.0, "surrogate": ("fast_sigmoid", 25), "reset": "decay_then_subtract"}
snn, current = mlp((4, 4), 3, hidden=8, neuron=neuron), torch.rand(3, 2, 500)


def invert(network=snn, classes=(0,), shape=(4, 4), steps=3):
    return brainleaks_v1(network, classes, shape=shape, steps=steps)


calls = {
    "is a Parameter, but a decay": [lambda: lif(current, beta=nn.Parameter(torch.rand(500)))],
    "is a str, but a decay": [lambda: lif(current, beta="0.5")],
    "is a NoneType, but a decay": [lambda: lif(current, beta=None)],
    "threshold is a Tensor, not": [
        lambda: lif(current, beta=0.5, threshold=torch.rand(500)),
        lambda: integrate_and_fire(current, threshold=torch.rand(500)),
    ],
    "no tensor of floating-point numbers": [
        lambda given=given: lif(given, beta=0.5) for given in (torch.ones(3, 2).long(), [[1.0]], torch.tensor(1.0))
    ],
    "is no torch.nn.Module": [
        lambda: invert(lambda x: (x, x)),
        lambda: fredrikson(lambda x: x.flatten(1), [0], shape=(4, 4)),
    ],
    "list of class indices": [
        lambda given=given: invert(classes=given)
        for given in (3, "01", ["a"], [[0, 1], [2]], None, [True], [1.0], [], torch.tensor(1), [-1])
    ],
    "none of them with index": [lambda: invert(classes=[2**70]), lambda: invert(classes=torch.tensor([3]))],
    "cannot have the shape": [lambda given=given: invert(shape=given) for given in (28, None, (True, 4), "44")],
    "steps cannot be": [lambda given=given: invert(steps=given) for given in (True, "3", None, 3.0)],
}
said = {}
for wanted, of in calls.items():
    for n, call in enumerate(of):
        try:
            call()
            said[f"{wanted} {n}"] = "nothing"
        except SettingError as error:
            said[f"{wanted} {n}"] = "" if wanted in error.problem and len(str(error)) < 200 else str(error)
        except BaseException as error:
            said[f"{wanted} {n}"] = f"{type(error).__name__}: {error}"
print(json.dumps(said))
"""


def test_arguments_of_the_wrong_kind_are_told_in_two_sentences():
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(paths.project()), *sys.path])}
    done = subprocess.run([sys.executable, "-c", CALLS], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert len(said) >= 30 and {call: text for call, text in said.items() if text} == {}
