"""What every room stands on: parameters, table schemas, time, money, files, errors, engine.

Front door: `params.load_params` (params.yaml), `taxonomy.load_taxonomy` (the bank's policy),
`ledger.open_ledger` (the canonical tables), `engine.connect_engine` (DuckDB or Spark),
`schemas.TABLES`, the readers and writers of `files`, and `errors.KehuError`.
It may import no other room.
"""
