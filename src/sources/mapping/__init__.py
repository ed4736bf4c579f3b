"""What a source looks like and what it means, as typed objects: configs/sources/NAME.yaml."""
