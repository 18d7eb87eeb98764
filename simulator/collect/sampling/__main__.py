"""``python -m simulator.collect.sampling``: the sampler, for `simulator.collect.sampling.Sampler` to talk to."""

from simulator.collect.sampling.process import main

main()
