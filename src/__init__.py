"""Kehu (客户): customer classification for banks, brokers and insurers."""
