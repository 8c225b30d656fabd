"""Warm kernels: forked from a parent that has the libraries loaded, through jupyter_client's own extension point."""
