"""The simulated bank: a seeded, vectorised world that writes what separate bank systems write."""
