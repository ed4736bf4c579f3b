"""The simulated bank: a seeded world whose truth is known, for tests and for a first run.

Front door: `write.simulate(params, seed, raw, truth)` writes the deliveries of all systems and the
sealed truth; `truth.leave_out` takes erased customers out of that truth.
Inside: `market`, `customers`, `behaviour` and `accounts` make the world month by month (`bank`);
`systems` writes it as each system would, with `files`.
It may import `src.core` and `src.privacy` only.
"""
