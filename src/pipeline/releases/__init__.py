"""From a candidate to what is served: composing a release, the contest, promotion, rollback.

Front door: `promote.promote`, `rollback.rollback`, `republish.republish`, `summary.conclude`, and
`agree`, which makes MLflow's alias, the log and the reports agree with the pointer.
"""
