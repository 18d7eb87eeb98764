"""What ``benchmarks/record_on_gpu.sh`` does in Python: look at a GPU, check its sensors, lay a recording out."""
