"""The leak audit: does any feature of a spec see what it must not?"""
