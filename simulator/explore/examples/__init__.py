"""Plans to start from; `simulator grid example` lists them and writes one."""
