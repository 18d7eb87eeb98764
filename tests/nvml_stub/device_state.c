/* How the simulated GPU is: heat, clocks, memory, processes and modes, and the calls that read them. */
#include "calls.h"

API int nvmlDeviceGetTemperature(device_t handle, int sensor, unsigned *out) {
    (void)sensor;
    GIVE(G_TEMPERATURE, unsigned, temperature_at(g, now) / 1000)
}
API int nvmlDeviceGetTemperatureV(device_t handle, temperature_t *out) {
    BEGIN(G_TEMPERATURE);
    out->celsius = temperature_at(g, now) / 1000;
    END(OK);
}

static int capped(const struct gpu *g, int64_t now) {
    const struct segment *x = segment_at(g, now);
    return x->demand_high_mw > x->cap_mw;
}

static int busy(const struct gpu *g, int64_t now) { return segment_at(g, now)->demand_mw > g->idle_mw * 6 / 5; }

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
/* With its version and what the driver keeps for itself, as other monitors ask for it. */
API int nvmlDeviceGetMemoryInfo_v2(device_t handle, memory2_t *out) {
    BEGIN(G_MEMORY);
    *out = (memory2_t){out->version, g->memory_total_b, 0, g->memory_total_b - g->memory_used_b, g->memory_used_b};
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

API int nvmlDeviceGetGraphicsRunningProcesses_v3(device_t handle, unsigned *count, process_t *out) {
    BEGIN(G_PIDS);
    (void)out;
    *count = 0;
    END(OK);
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
