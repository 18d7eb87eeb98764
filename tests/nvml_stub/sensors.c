/* The simulated GPU's sensors, all of them from its true energy, and the calls that read them. */
#include "calls.h"

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

/* Keep when a sensor was read, then say whether it reads zero: by a fault, or because it is read again too soon. */
static int zero(struct gpu *g, enum group group, int64_t what, int64_t now) {
    g->reads[g->num_reads++ % MAX_READS] = (struct read){now, what};
    int fast = g->zero_gap_ns && g->last_read_ns && now - g->last_read_ns < g->zero_gap_ns;
    g->last_read_ns = now;
    return fast || find_fault(S, K_ZERO, GPU, 1LL << group, now) != NULL;
}

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
    int zeroed = zero(g, G_FIELDS, count > 0 ? fields[0].field : 0, now);
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
    GIVE(G_POWER_USAGE, unsigned, zero(g, G_POWER_USAGE, 1, now) ? 0 : g->usage_is_instant ? instant_mw(g, now) : average_mw(g, now))
API int nvmlDeviceGetTotalEnergyConsumption(device_t handle, unsigned long long *out)
    GIVE(G_ENERGY, unsigned long long, zero(g, G_ENERGY, 2, now) ? 0 : counter_mj(g, now))

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
