/* What the files of the library share: NVML's types, and what every call does first. */
#ifndef NVML_STUB_CALLS_H
#define NVML_STUB_CALLS_H

#include "model.h"

#define API __attribute__((visibility("default")))
#define SECOND 1000000000LL
#define GPU (g - S->gpus)

enum { OK = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7, NOT_LOADED = 9, LOST = 15 };
enum { AS_UINT = 1, AS_ULL = 3 };

typedef union { double d; int32_t i; uint32_t u; uint64_t ull; int64_t ll; } value_t;
typedef struct { uint32_t field, scope; int64_t timestamp, latency_us; uint32_t type; int32_t result; value_t value; } field_t;
typedef struct { uint64_t timestamp; value_t value; } sample_t;
typedef struct { uint32_t pid; uint64_t memory_b; uint32_t gpu_instance, compute_instance; } process_t;
typedef struct { uint64_t total, free, used; } memory_t;
typedef struct { uint32_t version; uint64_t total, reserved, free, used; } memory2_t;
typedef struct { uint32_t gpu, memory; } utilization_t;
typedef struct { uint32_t version, sensor; int32_t celsius; } temperature_t;
typedef struct { char legacy[16]; uint32_t domain, bus, device, id, subsystem; char bus_id[32]; } pci_t;
typedef struct gpu *device_t;

extern struct state *S; /* the GPUs that NVML's functions answer for */

int begin(device_t handle, enum group group, struct gpu **out);

#define BEGIN(group)                                                                                                   \
    struct gpu *g;                                                                                                     \
    int code = begin(handle, group, &g);                                                                               \
    if (code) return code;                                                                                             \
    int64_t now = stub_now(S);                                                                                         \
    (void)now
#define END(result) do { int r_ = (result); leave(S); return r_; } while (0)
#define GIVE(group, type, expression)                                                                                  \
    { BEGIN(group); *out = (type)(expression); END(OK); }

#endif
