"""Customers of the simulated bank: people, their names, homes, numbers, and how they are spelt."""
