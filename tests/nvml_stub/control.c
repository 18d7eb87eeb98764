/* What tests control besides load: faults, what a GPU is, and counts of what was asked of it. See model.h. */
#define _GNU_SOURCE
#include "model.h"

#include <string.h>
#include <unistd.h>

/* ---- faults ------------------------------------------------------------------------------------------------------ */

/* The newest fault of a kind in force; `what` is a mask of groups for K_FAIL, K_ZERO and K_SLOW, else compared. */
const struct fault *find_fault(const struct state *s, int kind, int64_t gpu, int64_t what, int64_t t) {
    for (int64_t i = s->num_faults - 1; i >= 0; i--) {
        const struct fault *f = &s->faults[i];
        if (f->kind != kind || (f->gpu >= 0 && gpu >= 0 && f->gpu != gpu) || t < f->from_ns || t >= f->until_ns) continue;
        if (kind == K_FIELD ? f->what == what : (f->what & what) != 0) return f;
    }
    return NULL;
}

int stub_fault(struct state *s, int64_t kind, int64_t gpu, int64_t what, int64_t code, int64_t from, int64_t until) {
    enter(s);
    int64_t i = s->num_faults;
    if (i < MAX_FAULTS) {
        s->faults[i] = (struct fault){kind, gpu, what, code, from, until};
        s->num_faults++;
    }
    leave(s);
    return i < MAX_FAULTS ? (int)i : -1;
}

void stub_heal(struct state *s) {
    enter(s);
    s->num_faults = 0;
    leave(s);
}

/* ---- what a GPU is ----------------------------------------------------------------------------------------------- */

static int64_t *knob(struct gpu *g, const char *name) {
#define X(n) if (!strcmp(name, #n)) return &g->n;
    KNOBS(X)
#undef X
    return NULL;
}

int stub_set(struct state *s, int64_t gpu, const char *name, int64_t value) {
    int64_t *found = knob(&s->gpus[gpu], name);
    if (found) *found = value;
    return found ? 0 : -1;
}

int64_t stub_get(struct state *s, int64_t gpu, const char *name) {
    int64_t *found = knob(&s->gpus[gpu], name);
    return found ? *found : INT64_MIN;
}

int stub_text(struct state *s, int64_t gpu, const char *name, const char *value) {
    struct gpu *g = &s->gpus[gpu];
#define X(n) if (!strcmp(name, #n)) { strncpy(g->n, value, sizeof g->n - 1); return 0; }
    TEXTS(X)
#undef X
    return -1;
}

/* Processes that compute on the GPU, besides foreign ones (those are faults, with a time). */
void stub_pids(struct state *s, int64_t gpu, const int64_t *pids, int64_t count) {
    enter(s);
    for (int64_t i = 0; i < count && i < MAX_PIDS; i++) s->gpus[gpu].pids[i] = pids[i];
    s->gpus[gpu].num_pids = count < MAX_PIDS ? count : MAX_PIDS;
    leave(s);
}

/* ---- what was asked of it ---------------------------------------------------------------------------------------- */

int64_t stub_calls(struct state *s, int64_t gpu, int64_t group) { return s->gpus[gpu].calls[group]; }

/* Readings of a GPU's sensors from the first-th on, as far as they are kept; how many there were in all. */
int64_t stub_reads(struct state *s, int64_t gpu, int64_t first, struct read *out) {
    struct gpu *g = &s->gpus[gpu];
    enter(s);
    int64_t all = g->num_reads;
    for (int64_t i = first; out && i < all && i - first < MAX_READS; i++) out[i - first] = g->reads[i % MAX_READS];
    leave(s);
    return all;
}

/* ---- the state that processes share ------------------------------------------------------------------------------ */

int64_t stub_realtime_offset(struct state *s) { return s->realtime_offset_ns; }

int64_t stub_num_gpus(struct state *s) { return s->num_gpus; }

int64_t stub_is_manual(struct state *s) { return s->manual; }

/* Take the lock and keep it, until this process is killed. */
void stub_hold_lock(struct state *s) {
    enter(s);
    for (;;) pause();
}
