/* The part of NVML that measuring needs, answered by the simulated GPUs. Types and numbers follow nvml.h, API 13. */
#define _GNU_SOURCE
#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct state *S;
static int initialized;

API void stub_attach(struct state *s) { S = s; }

/* ---- what every call does first ----------------------------------------------------------------------------------- */

static void pass_time(int64_t ns) {
    if (S->manual) { __atomic_add_fetch(&S->now_ns, ns, __ATOMIC_SEQ_CST); return; }
    struct timespec t = {ns / SECOND, ns % SECOND};
    nanosleep(&t, NULL);
}

/* Count the call, wait if it is a slow one, lock, and say whether it fails. `handle` is an index + 1. */
int begin(device_t handle, enum group group, struct gpu **out) {
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

#define TEXT(group, what)                                                                                              \
    { BEGIN(group); END(put(out, size, what)); }

static int put(char *out, unsigned size, const char *text) {
    return (unsigned)snprintf(out, size, "%s", text) < size ? OK : TOO_SMALL;
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
    END(change_limit(g, now, limit) ? 999 : OK);
}
API int nvmlDeviceGetPersistenceMode(device_t handle, int *out) GIVE(G_PERSISTENCE, int, g->persistence)
API int nvmlDeviceSetPersistenceMode(device_t handle, int mode) {
    BEGIN(G_SET_PERSISTENCE);
    g->persistence = mode;
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
/* Of Windows only. */
API int nvmlDeviceGetDriverModel_v2(device_t handle, unsigned *current, unsigned *pending) {
    BEGIN(G_IDENTITY);
    (void)current, (void)pending;
    END(NOT_SUPPORTED);
}
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
API int nvmlSystemGetCudaDriverVersion(int *out) {
    *out = 13000;
    return library(G_SYSTEM);
}
API int nvmlSystemGetCudaDriverVersion_v2(int *out) { return nvmlSystemGetCudaDriverVersion(out); }
