"""What customers do month by month: spend, invest, answer, get in touch, leave."""
