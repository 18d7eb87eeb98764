/* The part of NVML that measuring needs, answered by the simulated GPUs. Types and numbers follow nvml.h, API 13. */
#define _GNU_SOURCE
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
typedef struct { uint32_t gpu, memory; } utilization_t;
typedef struct { uint32_t version, sensor; int32_t celsius; } temperature_t;
typedef struct { char legacy[16]; uint32_t domain, bus, device, id, subsystem; char bus_id[32]; } pci_t;
typedef struct gpu *device_t;

static struct state *S;
static int initialized;

API void stub_attach(struct state *s) { S = s; }

/* ---- what every call does first ----------------------------------------------------------------------------------- */

static void pass_time(int64_t ns) {
    if (S->manual) { __atomic_add_fetch(&S->now_ns, ns, __ATOMIC_SEQ_CST); return; }
    struct timespec t = {ns / SECOND, ns % SECOND};
    nanosleep(&t, NULL);
}

/* Count the call, wait if it is a slow one, lock, and say whether it fails. `handle` is an index + 1. */
static int begin(device_t handle, enum group group, struct gpu **out) {
    if (!initialized || !S) return UNINITIALIZED;
    int64_t index = (int64_t)(intptr_t)handle - 1;
    if (index < 0 || index >= S->num_gpus) return INVALID;
    enter(S);
    *out = &S->gpus[index];
    (*out)->calls[group]++;
    const struct fault *slow = find_fault(S, K_SLOW, index, 1LL << group, stub_now(S));
    int64_t delay = slow ? slow->code : 0;
    if (delay) {
        leave(S);
        pass_time(delay);
        enter(S);
    }
    const struct fault *fail = find_fault(S, K_FAIL, index, 1LL << group, stub_now(S));
    int code = fail ? (int)fail->code : OK;
    if (code) leave(S);
    return code;
}

#define BEGIN(group)                                                                                                   \
    struct gpu *g;                                                                                                     \
    int code = begin(handle, group, &g);                                                                               \
    if (code) return code;                                                                                             \
    int64_t now = stub_now(S);                                                                                         \
    (void)now
#define END(result) do { int r_ = (result); leave(S); return r_; } while (0)
#define GIVE(group, type, expression)                                                                                  \
    { BEGIN(group); *out = (type)(expression); END(OK); }
#define TEXT(group, what)                                                                                              \
    { BEGIN(group); END(put(out, size, what)); }

static int put(char *out, unsigned size, const char *text) {
    return (unsigned)snprintf(out, size, "%s", text) < size ? OK : TOO_SMALL;
}

/* ---- sensors, all of them from the true energy -------------------------------------------------------------------- */

static int64_t updates(const struct gpu *g, int64_t now) {
    int64_t since = now - S->start_ns - g->phase_ns;
    return since < 0 ? -1 : since / g->update_ns;
}

static int64_t update_time(const struct gpu *g, int64_t k) { return S->start_ns + g->phase_ns + k * g->update_ns; }

static int64_t noise(const struct gpu *g, int64_t k) {
    if (!g->noise_mw) return 0;
    uint64_t x = (uint64_t)k * 0x9e3779b97f4a7c15ULL;
    x ^= x >> 31, x *= 0xbf58476d1ce4e5b9ULL, x ^= x >> 29;
    return (int64_t)(x % (2 * (uint64_t)g->noise_mw + 1)) - g->noise_mw;
}

static int64_t mean_mw(const struct gpu *g, int64_t t, int64_t window) {
    return (int64_t)((energy_at(g, t) - energy_at(g, t - window)) / window);
}

static int64_t power_mw(const struct gpu *g, int64_t now, int64_t window, int64_t gain_ppm) {
    int64_t k = updates(g, now);
    int64_t mw = mean_mw(g, update_time(g, k), window) * gain_ppm / 1000000 + noise(g, k);
    return mw < 0 ? 0 : mw;
}

static int64_t instant_mw(const struct gpu *g, int64_t now) { return power_mw(g, now, g->window_ns, g->instant_gain_ppm); }
static int64_t average_mw(const struct gpu *g, int64_t now) { return power_mw(g, now, g->average_ns, g->average_gain_ppm); }

/* What the counter has counted at its update k: all energy, or what the instantaneous windows saw of it. */
static picojoule counted(struct gpu *g, int64_t k) {
    if (!g->sums_windows) return energy_at(g, update_time(g, k)) - energy_at(g, S->start_ns);
    if (k < g->summed_updates) g->summed_updates = g->summed = 0;
    for (; g->summed_updates < k; g->summed_updates++)
        g->summed += (picojoule)mean_mw(g, update_time(g, g->summed_updates + 1), g->window_ns) * g->update_ns;
    return g->summed;
}

static uint64_t counter_mj(struct gpu *g, int64_t now) {
    const struct fault *reset = find_fault(S, K_RESET, GPU, 1, now);
    int64_t k = updates(g, now), base = reset ? updates(g, reset->from_ns) : -1;
    picojoule energy = (k < 0 ? 0 : counted(g, k)) * g->counter_gain_ppm / 1000000;
    if (!reset) return (uint64_t)(energy / 1000000000) + g->counter_offset_mj;
    picojoule before = (base < 0 ? 0 : counted(g, base)) * g->counter_gain_ppm / 1000000;
    return (uint64_t)((energy - before) / 1000000000);
}

/* Whether a sensor reads zero now: by a fault, or because it is read again too soon. */
static int zero(struct gpu *g, enum group group, int64_t now) {
    int fast = g->zero_gap_ns && g->last_read_ns && now - g->last_read_ns < g->zero_gap_ns;
    g->last_read_ns = now;
    return fast || find_fault(S, K_ZERO, GPU, 1LL << group, now) != NULL;
}

static int capped(const struct gpu *g, int64_t now) {
    const struct segment *x = segment_at(g, now);
    return x->demand_high_mw > x->cap_mw;
}

static int busy(const struct gpu *g, int64_t now) { return segment_at(g, now)->demand_mw > g->idle_mw * 6 / 5; }

static int read_field(struct gpu *g, field_t *f, int64_t now, int zeroed) {
    const struct segment *x = segment_at(g, now);
    int power = f->field == 185 || f->field == 186;
    if (power && f->scope != (g->module_scope ? 1u : 0u)) return NOT_SUPPORTED;
    f->type = power || (f->field >= 187 && f->field <= 192 && f->field != 191) ? AS_UINT : AS_ULL;
    switch (f->field) {
    case 74: f->value.ull = capped_at(g, now); return OK;
    case 83: case 191: f->value.ull = zeroed ? 0 : counter_mj(g, now); return OK;
    case 185: f->value.u = zeroed ? 0 : average_mw(g, now); return OK;
    case 186: f->value.u = zeroed ? 0 : instant_mw(g, now); return OK;
    case 187: f->value.u = g->min_mw; return OK;
    case 188: f->value.u = g->max_mw; return OK;
    case 189: f->value.u = g->default_mw; return OK;
    case 190: f->value.u = x->enforced_mw; return OK;
    case 192: f->value.u = x->requested_mw; return OK;
    }
    int64_t base = g->thermal_fields; /* 251 in drivers of CUDA 12, 269 in later ones, 0 before both */
    if (!base || f->field < base || f->field > base + 2) return NOT_SUPPORTED;
    int64_t ns[] = {g->sw_thermal_ns, g->hw_thermal_ns, g->power_brake_ns};
    f->value.ull = ns[f->field - base];
    return OK;
}

API int nvmlDeviceGetFieldValues(device_t handle, int count, field_t *fields) {
    BEGIN(G_FIELDS);
    int zeroed = zero(g, G_FIELDS, now);
    for (int i = 0; i < count; i++) {
        const struct fault *fault = find_fault(S, K_FIELD, GPU, fields[i].field, now);
        fields[i].timestamp = (now + S->realtime_offset_ns) / 1000;
        fields[i].latency_us = 1;
        fields[i].value.ull = 0;
        fields[i].result = fault ? (int)fault->code : read_field(g, &fields[i], now, zeroed);
    }
    END(OK);
}

API int nvmlDeviceGetPowerUsage(device_t handle, unsigned *out)
    GIVE(G_POWER_USAGE, unsigned, zero(g, G_POWER_USAGE, now) ? 0 : g->usage_is_instant ? instant_mw(g, now) : average_mw(g, now))
API int nvmlDeviceGetTotalEnergyConsumption(device_t handle, unsigned long long *out)
    GIVE(G_ENERGY, unsigned long long, zero(g, G_ENERGY, now) ? 0 : counter_mj(g, now))

/* The last 119 samples, each the mean of samples_ns, newer than the given time in microseconds. */
API int nvmlDeviceGetSamples(device_t handle, int kind, unsigned long long since_us, int *type, unsigned *count, sample_t *out) {
    BEGIN(G_SAMPLES);
    if (kind != 0 || !g->samples_ns) END(NOT_SUPPORTED);
    int64_t newest = now / g->samples_ns, written = 0;
    *type = AS_UINT;
    if (!out) { *count = 119; END(OK); }
    for (int64_t k = newest - 118; k <= newest && written < *count; k++) {
        uint64_t stamp = (k * g->samples_ns + S->realtime_offset_ns) / 1000;
        if (stamp <= since_us || k * g->samples_ns < S->start_ns) continue;
        out[written].timestamp = stamp;
        out[written++].value.ull = mean_mw(g, k * g->samples_ns, g->samples_ns);
    }
    *count = written;
    END(written ? OK : NOT_FOUND);
}

/* ---- limits and persistence ---------------------------------------------------------------------------------------- */

API int nvmlDeviceGetPowerManagementLimitConstraints(device_t handle, unsigned *low, unsigned *high) {
    BEGIN(G_LIMITS);
    *low = g->min_mw, *high = g->max_mw;
    END(OK);
}
API int nvmlDeviceGetPowerManagementLimit(device_t handle, unsigned *out) GIVE(G_LIMITS, unsigned, segment_at(g, now)->requested_mw)
API int nvmlDeviceGetPowerManagementDefaultLimit(device_t handle, unsigned *out) GIVE(G_LIMITS, unsigned, g->default_mw)
API int nvmlDeviceGetEnforcedPowerLimit(device_t handle, unsigned *out) GIVE(G_ENFORCED, unsigned, segment_at(g, now)->enforced_mw)
API int nvmlDeviceSetPowerManagementLimit(device_t handle, unsigned limit) {
    BEGIN(G_SET_LIMIT);
    if (limit < g->min_mw || limit > g->max_mw) END(INVALID);
    END(change_limit(S, g, now, limit) ? 999 : OK);
}
API int nvmlDeviceGetPersistenceMode(device_t handle, int *out) GIVE(G_PERSISTENCE, int, g->persistence)
API int nvmlDeviceSetPersistenceMode(device_t handle, int mode) {
    BEGIN(G_SET_PERSISTENCE);
    g->persistence = mode;
    END(OK);
}

/* ---- state of the GPU ---------------------------------------------------------------------------------------------- */

API int nvmlDeviceGetTemperature(device_t handle, int sensor, unsigned *out) {
    (void)sensor;
    GIVE(G_TEMPERATURE, unsigned, temperature_at(g, now) / 1000)
}
API int nvmlDeviceGetTemperatureV(device_t handle, temperature_t *out) {
    BEGIN(G_TEMPERATURE);
    out->celsius = temperature_at(g, now) / 1000;
    END(OK);
}

/* Clocks fall with the cube root of power when capped, and idle low. */
static unsigned sm_mhz(const struct gpu *g, int64_t now) {
    const struct segment *x = segment_at(g, now);
    if (!busy(g, now)) return g->sm_mhz / 5;
    double low = 0, high = 1, share = (double)x->cap_mw / x->demand_high_mw;
    if (share >= 1) return g->sm_mhz;
    for (int i = 0; i < 40; i++) {
        double middle = (low + high) / 2;
        if (middle * middle * middle < share) low = middle;
        else high = middle;
    }
    return (unsigned)(g->sm_mhz * high);
}
static unsigned clock_mhz(const struct gpu *g, int kind, int64_t now, int max) {
    if (kind == 2) return g->memory_mhz;
    return max ? g->sm_mhz : sm_mhz(g, now);
}
API int nvmlDeviceGetClockInfo(device_t handle, int kind, unsigned *out) GIVE(G_CLOCKS, unsigned, clock_mhz(g, kind, now, 0))
API int nvmlDeviceGetMaxClockInfo(device_t handle, int kind, unsigned *out) GIVE(G_CLOCKS, unsigned, clock_mhz(g, kind, now, 1))
API int nvmlDeviceGetApplicationsClock(device_t handle, int kind, unsigned *out) GIVE(G_CLOCKS, unsigned, clock_mhz(g, kind, now, 1))
static uint64_t reasons(const struct gpu *g, int64_t now) { return (busy(g, now) ? 0 : 1) | (capped(g, now) ? 4 : 0) | g->reasons; }
API int nvmlDeviceGetCurrentClocksEventReasons(device_t handle, unsigned long long *out) GIVE(G_REASONS, unsigned long long, reasons(g, now))
API int nvmlDeviceGetCurrentClocksThrottleReasons(device_t handle, unsigned long long *out) GIVE(G_REASONS, unsigned long long, reasons(g, now))
API int nvmlDeviceGetPerformanceState(device_t handle, int *out) GIVE(G_PSTATE, int, busy(g, now) ? 0 : 8)
API int nvmlDeviceGetUtilizationRates(device_t handle, utilization_t *out) {
    BEGIN(G_UTILIZATION);
    if (g->mig) END(NOT_SUPPORTED);
    *out = busy(g, now) ? (utilization_t){97, 40} : (utilization_t){0, 0};
    END(OK);
}
API int nvmlDeviceGetMemoryInfo(device_t handle, memory_t *out) {
    BEGIN(G_MEMORY);
    *out = (memory_t){g->memory_total_b, g->memory_total_b - g->memory_used_b, g->memory_used_b};
    END(OK);
}

API int nvmlDeviceGetComputeRunningProcesses_v3(device_t handle, unsigned *count, process_t *out) {
    BEGIN(G_PIDS);
    uint32_t pids[MAX_PIDS + MAX_FAULTS];
    unsigned found = 0;
    for (int64_t i = 0; i < g->num_pids; i++) pids[found++] = g->pids[i];
    for (int64_t i = 0; i < S->num_faults; i++) {
        const struct fault *f = &S->faults[i];
        if (f->kind == K_FOREIGN && f->gpu == GPU && now >= f->from_ns && now < f->until_ns) pids[found++] = f->what;
    }
    unsigned room = *count;
    *count = found;
    if (found && (!out || room < found)) END(TOO_SMALL);
    for (unsigned i = 0; i < found; i++) out[i] = (process_t){pids[i], 1 << 30, UINT32_MAX, UINT32_MAX};
    END(OK);
}
API int nvmlDeviceGetComputeRunningProcesses_v2(device_t handle, unsigned *count, process_t *out) {
    return nvmlDeviceGetComputeRunningProcesses_v3(handle, count, out);
}

API int nvmlDeviceGetEccMode(device_t handle, int *current, int *pending) {
    BEGIN(G_ECC);
    *current = *pending = 1;
    END(OK);
}
API int nvmlDeviceGetTotalEccErrors(device_t handle, int kind, int counter, unsigned long long *out) {
    (void)kind, (void)counter;
    GIVE(G_ECC, unsigned long long, g->ecc_errors)
}
API int nvmlDeviceGetMigMode(device_t handle, unsigned *current, unsigned *pending) {
    BEGIN(G_MIG);
    *current = *pending = g->mig;
    END(OK);
}
API int nvmlDeviceGetVirtualizationMode(device_t handle, unsigned *out) GIVE(G_ARCHITECTURE, unsigned, 0)
API int nvmlDeviceGetComputeMode(device_t handle, int *out) GIVE(G_ARCHITECTURE, int, 0)
API int nvmlDeviceGetArchitecture(device_t handle, unsigned *out) GIVE(G_ARCHITECTURE, unsigned, 9)
API int nvmlDeviceGetCudaComputeCapability(device_t handle, int *major, int *minor) {
    BEGIN(G_ARCHITECTURE);
    *major = 9, *minor = 0;
    END(OK);
}

/* ---- who it is ------------------------------------------------------------------------------------------------------ */

API int nvmlDeviceGetName(device_t handle, char *out, unsigned size) TEXT(G_IDENTITY, g->name)
API int nvmlDeviceGetUUID(device_t handle, char *out, unsigned size) TEXT(G_IDENTITY, g->uuid)
API int nvmlDeviceGetSerial(device_t handle, char *out, unsigned size) TEXT(G_IDENTITY, g->serial)
API int nvmlDeviceGetVbiosVersion(device_t handle, char *out, unsigned size) TEXT(G_IDENTITY, g->vbios)
API int nvmlDeviceGetBoardPartNumber(device_t handle, char *out, unsigned size) TEXT(G_IDENTITY, g->part)
API int nvmlDeviceGetIndex(device_t handle, unsigned *out) GIVE(G_IDENTITY, unsigned, GPU)
API int nvmlDeviceGetMinorNumber(device_t handle, unsigned *out) GIVE(G_IDENTITY, unsigned, GPU)
API int nvmlDeviceGetBrand(device_t handle, int *out) GIVE(G_IDENTITY, int, 0)
API int nvmlDeviceGetPciInfo_v3(device_t handle, pci_t *out) {
    BEGIN(G_IDENTITY);
    memset(out, 0, sizeof *out);
    out->bus = (unsigned)GPU + 1;
    snprintf(out->bus_id, sizeof out->bus_id, "%.31s", g->pci);
    snprintf(out->legacy, sizeof out->legacy, "%.15s", strlen(g->pci) > 4 ? g->pci + 4 : g->pci);
    END(OK);
}

/* ---- the library itself --------------------------------------------------------------------------------------------- */

static int library(enum group group) {
    if (!S) return NOT_LOADED;
    enter(S);
    const struct fault *fail = find_fault(S, K_FAIL, -1, 1LL << group, stub_now(S));
    int code = fail ? (int)fail->code : OK;
    leave(S);
    return code ? code : initialized || group == G_INIT ? OK : UNINITIALIZED;
}

API int nvmlInitWithFlags(unsigned flags) {
    (void)flags;
    const char *path = getenv("NVML_STUB_STATE");
    if (!S && path) S = stub_open(path);
    int code = library(G_INIT);
    if (!code) initialized++;
    return code;
}
API int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }
API int nvmlShutdown(void) { return initialized ? (initialized--, OK) : UNINITIALIZED; }
API const char *nvmlErrorString(int code) {
    return code == OK ? "Success" : code == NOT_SUPPORTED ? "Not Supported" : code == LOST ? "GPU is lost" : "Error";
}

API int nvmlDeviceGetCount_v2(unsigned *out) {
    int code = library(G_COUNT);
    if (!code) *out = (unsigned)S->num_gpus;
    return code;
}
API int nvmlDeviceGetHandleByIndex_v2(unsigned index, device_t *out) {
    *out = (device_t)(intptr_t)(index + 1);
    if (!initialized || !S) return UNINITIALIZED;
    if (index >= S->num_gpus) return INVALID;
    struct gpu *g;
    int code = begin(*out, G_HANDLE, &g);
    if (!code) leave(S);
    return code;
}
API int nvmlDeviceGetHandleByUUID(const char *uuid, device_t *out) {
    if (!initialized || !S) return UNINITIALIZED;
    for (unsigned i = 0; i < S->num_gpus; i++)
        if (!strcmp(uuid, S->gpus[i].uuid)) return nvmlDeviceGetHandleByIndex_v2(i, out);
    return NOT_FOUND;
}

static int system_text(char *out, unsigned size, const char *text) {
    int code = library(G_SYSTEM);
    return code ? code : put(out, size, text);
}
API int nvmlSystemGetDriverVersion(char *out, unsigned size) { return system_text(out, size, "580.0.0-simulated"); }
API int nvmlSystemGetNVMLVersion(char *out, unsigned size) { return system_text(out, size, "13.580.0-simulated"); }
API int nvmlSystemGetCudaDriverVersion_v2(int *out) {
    *out = 13000;
    return library(G_SYSTEM);
}
