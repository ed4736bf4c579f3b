"""Parts of the slow oracle of features, by what they look at."""
