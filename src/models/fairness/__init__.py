"""Whether groups of customers fare alike: disparities, proxies of sensitive attributes, gates."""
