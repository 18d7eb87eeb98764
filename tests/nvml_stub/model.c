/* The simulated GPU's physics, and the calls by which tests load it and ask for the truth. See model.h. */
#define _GNU_SOURCE
#include "model.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAGIC 0x4e564d4c53545542
#define SECOND 1000000000LL

/* ---- one state for all processes ------------------------------------------------------------------------------- */

static int64_t read_clock(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

void enter(struct state *s) {
    /* A process that was killed while it held the lock must not stop the others. */
    if (pthread_mutex_lock(&s->lock) == EOWNERDEAD) pthread_mutex_consistent(&s->lock);
}

void leave(struct state *s) { pthread_mutex_unlock(&s->lock); }

int64_t stub_now(struct state *s) {
    return s->manual ? __atomic_load_n(&s->now_ns, __ATOMIC_SEQ_CST) : read_clock(CLOCK_MONOTONIC);
}

struct state *stub_open(const char *path) {
    struct stat info;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return NULL;
    void *memory = fstat(fd, &info) ? MAP_FAILED : mmap(NULL, info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (memory == MAP_FAILED) return NULL;
    struct state *s = memory;
    return s->magic == MAGIC ? s : NULL;
}

/* ---- true power, energy and temperature, piecewise and in closed form ------------------------------------------ */

const struct segment *segment_at(const struct gpu *g, int64_t t) {
    int64_t low = 0, high = g->num_segments;
    while (high - low > 1) {
        int64_t middle = (low + high) / 2;
        if (g->segments[middle].start_ns <= t) low = middle;
        else high = middle;
    }
    return &g->segments[low];
}

/* Time in the ripple's high part from its origin to t. */
static int64_t high_time(const struct segment *x, int64_t t) {
    int64_t since = t - x->origin_ns, rest = since % x->period_ns;
    return since / x->period_ns * x->high_ns + (rest < x->high_ns ? rest : x->high_ns);
}

static picojoule energy_in(const struct segment *x, int64_t t) {
    int64_t high = high_time(x, t) - high_time(x, x->start_ns);
    return (picojoule)high * x->high_mw + (picojoule)(t - x->start_ns - high) * x->low_mw;
}

static int64_t capped_in(const struct segment *x, int64_t t) {
    int64_t high = high_time(x, t) - high_time(x, x->start_ns);
    return (x->demand_high_mw > x->cap_mw ? high : 0) + (x->demand_low_mw > x->cap_mw ? t - x->start_ns - high : 0);
}

static double temperature_in(const struct gpu *g, const struct segment *x, int64_t t) {
    double mean_w = (x->high_mw * (double)x->high_ns + x->low_mw * (double)(x->period_ns - x->high_ns)) / x->period_ns / 1e3;
    double steady = g->ambient_mc + mean_w * g->mc_per_w;
    return steady + (x->temperature_mc - steady) * exp(-(double)(t - x->start_ns) / g->tau_ns);
}

/* Before the first segment the GPU was as at its start, for as long as anybody asks. */
picojoule energy_at(const struct gpu *g, int64_t t) {
    const struct segment *x = segment_at(g, t);
    return t < x->start_ns ? (picojoule)(t - x->start_ns) * x->low_mw : x->energy + energy_in(x, t);
}

int64_t capped_at(const struct gpu *g, int64_t t) {
    const struct segment *x = segment_at(g, t);
    return t < x->start_ns ? 0 : x->capped_ns + capped_in(x, t);
}

int64_t temperature_at(const struct gpu *g, int64_t t) {
    const struct segment *x = segment_at(g, t);
    return t < x->start_ns ? (int64_t)x->temperature_mc : (int64_t)temperature_in(g, x, t);
}

static int64_t at_most(int64_t value, int64_t cap) { return value < cap ? value : cap; }

/* Make segments from the given one on follow from those before them. */
static void settle(struct gpu *g, int64_t first) {
    for (int64_t i = first; i < g->num_segments; i++) {
        struct segment *x = &g->segments[i];
        x->high_mw = at_most(x->demand_high_mw, x->cap_mw);
        x->low_mw = at_most(x->demand_low_mw, x->cap_mw);
        if (i == 0) continue;
        const struct segment *before = x - 1;
        x->energy = before->energy + energy_in(before, x->start_ns);
        x->capped_ns = before->capped_ns + capped_in(before, x->start_ns);
        x->temperature_mc = temperature_in(g, before, x->start_ns);
    }
}

/* Let a segment begin at t, as a copy of the one that covers t; -1 if there is no room or t is before the first. */
static int64_t split(struct gpu *g, int64_t t) {
    if (t < g->segments[0].start_ns) return -1;
    int64_t i = segment_at(g, t) - g->segments;
    if (g->segments[i].start_ns == t) return i;
    if (g->num_segments == MAX_SEGMENTS) return -1;
    memmove(&g->segments[i + 2], &g->segments[i + 1], (g->num_segments - i - 1) * sizeof(struct segment));
    g->segments[i + 1] = g->segments[i];
    g->segments[i + 1].start_ns = t;
    g->num_segments++;
    return i + 1;
}

int change_limit(struct gpu *g, int64_t t, int64_t limit_mw) {
    int64_t told = split(g, t), felt = split(g, t + g->limit_delay_ns);
    if (told < 0 || felt < 0) return -1;
    for (int64_t i = told; i < g->num_segments; i++) {
        g->segments[i].requested_mw = limit_mw;
        g->segments[i].enforced_mw = at_most(limit_mw, g->ceiling_mw);
        if (i >= felt) g->segments[i].cap_mw = g->segments[i].enforced_mw;
    }
    settle(g, told);
    return 0;
}

/* ---- control calls ------------------------------------------------------------------------------------------------ */

int stub_create(const char *path, int64_t gpus, int64_t manual, int64_t start_ns) {
    size_t size = sizeof(struct state) + gpus * sizeof(struct gpu);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return errno;
    if (ftruncate(fd, size)) { close(fd); return errno; }
    struct state *s = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (s == MAP_FAILED) return errno;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&s->lock, &attributes);
    s->num_gpus = gpus;
    s->manual = manual;
    s->realtime_offset_ns = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
    s->now_ns = manual ? start_ns : 0;
    s->start_ns = stub_now(s);
    s->magic = MAGIC;
    return munmap(s, size);
}

/* Begin the true history of a GPU whose knobs are set: idle, at the default limit. */
void stub_start(struct state *s, int64_t gpu) {
    struct gpu *g = &s->gpus[gpu];
    enter(s);
    struct segment *x = &g->segments[0];
    memset(x, 0, sizeof *x);
    x->start_ns = x->origin_ns = s->start_ns;
    x->period_ns = x->high_ns = SECOND;
    x->demand_mw = x->demand_high_mw = x->demand_low_mw = g->idle_mw;
    x->requested_mw = g->default_mw;
    x->enforced_mw = x->cap_mw = at_most(g->default_mw, g->ceiling_mw);
    x->temperature_mc = g->ambient_mc + g->idle_mw / 1e3 * g->mc_per_w;
    g->num_segments = 1;
    settle(g, 0);
    leave(s);
}

void stub_advance(struct state *s, int64_t ns) { __atomic_add_fetch(&s->now_ns, ns, __ATOMIC_SEQ_CST); }

int stub_demand(struct state *s, int64_t gpu, int64_t at_ns, int64_t mean, int64_t high, int64_t low, int64_t period,
                int64_t high_ns) {
    struct gpu *g = &s->gpus[gpu];
    enter(s);
    int64_t i = split(g, at_ns < 0 ? stub_now(s) : at_ns);
    if (i >= 0) {
        struct segment *x = &g->segments[i];
        x->origin_ns = x->start_ns;
        x->demand_mw = mean, x->demand_high_mw = high, x->demand_low_mw = low;
        x->period_ns = period, x->high_ns = high_ns;
        settle(g, i);
    }
    leave(s);
    return i < 0 ? -1 : 0;
}

int stub_limit(struct state *s, int64_t gpu, int64_t at_ns, int64_t limit_mw) {
    enter(s);
    int result = change_limit(&s->gpus[gpu], at_ns < 0 ? stub_now(s) : at_ns, limit_mw);
    leave(s);
    return result;
}

double stub_energy_j(struct state *s, int64_t gpu, int64_t from_ns, int64_t to_ns) {
    enter(s);
    picojoule energy = energy_at(&s->gpus[gpu], to_ns) - energy_at(&s->gpus[gpu], from_ns);
    leave(s);
    return (double)energy / 1e12;
}

/* What holds at t: 0 true power, 1 demand, 2 requested limit, 3 enforced limit, 4 cap, 5 m°C, 6 segments, 7 ns capped. */
int64_t stub_truth(struct state *s, int64_t gpu, int64_t t, int what) {
    struct gpu *g = &s->gpus[gpu];
    enter(s);
    const struct segment *x = segment_at(g, t);
    int64_t in_period = (t - x->origin_ns) % x->period_ns;
    int64_t values[] = {in_period < x->high_ns ? x->high_mw : x->low_mw, x->demand_mw, x->requested_mw, x->enforced_mw,
                        x->cap_mw, temperature_at(g, t), g->num_segments, capped_at(g, t)};
    leave(s);
    return values[what];
}
