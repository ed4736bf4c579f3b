"""What every package stands on: parameters, table schemas, time, money, engine, files, errors."""
