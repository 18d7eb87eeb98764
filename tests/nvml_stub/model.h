/* A simulated GPU as processes share it: its state, its clock, its true power, its faults. */
#ifndef NVML_STUB_MODEL_H
#define NVML_STUB_MODEL_H

#include <pthread.h>
#include <stdint.h>

#define MAX_GPUS 8
#define MAX_SEGMENTS 65536
#define MAX_FAULTS 64
#define MAX_PIDS 64
#define MAX_READS 16384 /* of a sensor, the last ones are kept */
#define FOREVER INT64_MAX

typedef __int128 picojoule; /* mW * ns, so that energy is exact */

/* Numbers of a GPU that tests may set by name, see stub_set. */
#define KNOBS(X)                                                                                                       \
    X(update_ns) X(phase_ns) X(window_ns) X(average_ns) X(samples_ns) X(noise_mw) X(sums_windows) X(usage_is_instant)  \
    X(counter_gain_ppm) X(instant_gain_ppm) X(average_gain_ppm) X(counter_offset_mj)                                   \
    X(min_mw) X(max_mw) X(default_mw) X(ceiling_mw) X(limit_delay_ns) X(idle_mw) X(persistence)                        \
    X(mig) X(module_scope) X(thermal_fields) X(ambient_mc) X(mc_per_w) X(tau_ns)                                       \
    X(sm_mhz) X(memory_mhz) X(memory_total_b) X(memory_used_b) X(ecc_errors) X(sw_thermal_ns) X(hw_thermal_ns)         \
    X(power_brake_ns) X(reasons) X(zero_gap_ns)

/* Texts of a GPU that tests may set by name, see stub_text. */
#define TEXTS(X) X(name) X(uuid) X(serial) X(vbios) X(part) X(pci)

enum group {
    G_INIT, G_COUNT, G_HANDLE, G_IDENTITY, G_LIMITS, G_ENFORCED, G_SET_LIMIT, G_PERSISTENCE, G_SET_PERSISTENCE,
    G_POWER_USAGE, G_ENERGY, G_FIELDS, G_SAMPLES, G_TEMPERATURE, G_CLOCKS, G_REASONS, G_UTILIZATION, G_MEMORY, G_PIDS,
    G_ECC, G_MIG, G_PSTATE, G_ARCHITECTURE, G_SYSTEM, GROUPS
};

enum kind { K_NONE, K_FAIL, K_FIELD, K_ZERO, K_SLOW, K_RESET, K_FOREIGN };

struct fault {
    int64_t kind, gpu, what, code, from_ns, until_ns; /* what: mask of groups, field id, ns, or pid */
};

/* From start_ns on: demand, what is asked and enforced, and what follows from them. */
struct segment {
    picojoule energy;                                /* true energy before it */
    int64_t start_ns, origin_ns, period_ns, high_ns; /* of the ripple: where it began, its length, its high part */
    int64_t demand_mw, demand_high_mw, demand_low_mw;
    int64_t requested_mw, enforced_mw, cap_mw; /* the cap follows the enforced limit after limit_delay_ns */
    int64_t high_mw, low_mw, capped_ns;        /* capped_ns: time capped before it */
    double temperature_mc;                     /* at its start */
};

struct gpu {
#define X(n) int64_t n;
    KNOBS(X)
#undef X
#define X(n) char n[96];
    TEXTS(X)
#undef X
    int64_t pids[MAX_PIDS], num_pids;
    int64_t calls[GROUPS];
    int64_t last_read_ns;            /* of a sensor, for zeros when polled fast */
    int64_t num_reads;               /* of any sensor, by anybody */
    struct read { int64_t at_ns, what; } reads[MAX_READS]; /* what: field, or 1 for PowerUsage, 2 for the counter's call */
    int64_t summed_updates;          /* of a counter that sums windows: how many are in the sum */
    picojoule summed;
    int64_t num_segments;
    struct segment segments[MAX_SEGMENTS];
};

struct state {
    int64_t magic, num_gpus, manual, now_ns, realtime_offset_ns, start_ns;
    pthread_mutex_t lock;
    int64_t num_faults;
    struct fault faults[MAX_FAULTS];
    struct gpu gpus[];
};

struct state *stub_open(const char *path);
void enter(struct state *s);
void leave(struct state *s);
int64_t stub_now(struct state *s);
const struct segment *segment_at(const struct gpu *g, int64_t t);
picojoule energy_at(const struct gpu *g, int64_t t);
int64_t capped_at(const struct gpu *g, int64_t t);
int64_t temperature_at(const struct gpu *g, int64_t t);
int change_limit(struct gpu *g, int64_t t, int64_t limit_mw);
const struct fault *find_fault(const struct state *s, int kind, int64_t gpu, int64_t what, int64_t t);

#endif
