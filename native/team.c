/*
 * Threads. The leader, the thread that uses a handle, lets helpers take shares of its stages. A share writes to a place
 * of its own and sums in a fixed order, so that it does not matter who does it. The leader waits for shares, never for
 * helpers.
 */
#include <stdlib.h>
#include "internal.h"
#if defined(_WIN32)
#include <windows.h>
#else
#include <sched.h>
#include <time.h>
#endif

#define LOAD(word) __atomic_load_n(&(word), __ATOMIC_SEQ_CST)
#define STORE(word, value) __atomic_store_n(&(word), (value), __ATOMIC_SEQ_CST)

/* ---- Waiting ---- */

/* Polls of a word before a thread gives its core away, and before it sleeps. 500 polls are some 20 us. */
enum { SPINS = 500, YIELDS = 1000 };

static void pause_polling(int *turn) {
  if (++*turn < SPINS) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
    return;
  }
#if defined(_WIN32)
  Sleep(*turn < YIELDS ? 0 : 1);
#else
  if (*turn < YIELDS) {
    sched_yield();
  } else {
    nanosleep(&(struct timespec){0, 50000}, NULL);
    *turn = YIELDS;
  }
#endif
}

/* ---- Shares ---- */

/*
 * Takes and does the next share; 0 if there is none. `shares` is read after the ticket and `share` after that: if
 * `shares` belongs to the ticket, `share` does too. If the stage has changed since, the ticket has, and the exchange
 * fails.
 */
static int take_share(spectral *s) {
  uint64_t ticket = LOAD(s->team.ticket);
  int64_t item = (int64_t)(ticket & UINT32_MAX);
  int64_t shares = LOAD(s->team.shares);
  stage *share = LOAD(s->team.share);
  if (item >= shares) return 0;
  if (!__atomic_compare_exchange_n(&s->team.ticket, &ticket, ticket + 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    return 1;
  if (!is_stopped(s)) share(s, item);
  __atomic_add_fetch(&s->team.done, 1, __ATOMIC_SEQ_CST);
  return 1;
}

void run_stage(spectral *s, stage *share, int64_t shares) {
  if (LOAD(s->team.helpers) == 0 || shares < 2) {
    for (int64_t item = 0; item < shares && !is_stopped(s); item++) share(s, item);
    return;
  }
  /* No share can be taken between these lines: their number is 0 until all else is set. */
  STORE(s->team.shares, 0);
  STORE(s->team.ticket, ((LOAD(s->team.ticket) >> 32) + 1) << 32);
  STORE(s->team.share, share);
  STORE(s->team.done, 0);
  STORE(s->team.shares, shares);
  while (take_share(s)) {
  }
  for (int turn = 0; LOAD(s->team.done) < shares;) pause_polling(&turn);
}

/* ---- Teams: helpers name a team by its number, so that one that comes late touches no freed memory ---- */

static spectral *open_teams;
static int64_t teams_opened;
static int32_t teams_locked;

static void lock_teams(void) {
  for (int turn = 0; __atomic_exchange_n(&teams_locked, 1, __ATOMIC_ACQUIRE) != 0;) pause_polling(&turn);
}

static void unlock_teams(void) { __atomic_store_n(&teams_locked, 0, __ATOMIC_RELEASE); }

int64_t spectral_open_team(spectral *s) {
  spectral_close_team(s);
  lock_teams();
  STORE(s->team.closing, 0);
  s->team.number = ++teams_opened;
  s->team.next = open_teams;
  open_teams = s;
  unlock_teams();
  return s->team.number;
}

/* The team's leader, whose memory stays until its count of helpers falls again; NULL if the team is closed. */
static spectral *join_team(int64_t number) {
  lock_teams();
  spectral *s = open_teams;
  while (s != NULL && s->team.number != number) s = s->team.next;
  if (s != NULL) __atomic_add_fetch(&s->team.helpers, 1, __ATOMIC_SEQ_CST);
  unlock_teams();
  return s;
}

static int must_leave(const spectral *s, const int32_t *const *leave, int count) {
  if (LOAD(s->team.closing)) return 1;
  for (int k = 0; k < count; k++)
    if (LOAD(*leave[k]) != 0) return 1;
  return 0;
}

void spectral_help(int64_t number, const int32_t *const *leave, int count) {
  spectral *s = join_team(number);
  if (s == NULL) return;
  for (int turn = 0; !must_leave(s, leave, count);) {
    if (take_share(s)) turn = 0;
    else pause_polling(&turn);
  }
  __atomic_sub_fetch(&s->team.helpers, 1, __ATOMIC_SEQ_CST);
}

void spectral_close_team(spectral *s) {
  if (s->team.number == 0) return;
  lock_teams();
  spectral **at = &open_teams;
  while (*at != s) at = &(*at)->team.next;
  *at = s->team.next;
  s->team.number = 0;
  unlock_teams();
  STORE(s->team.closing, 1);
  for (int turn = 0; LOAD(s->team.helpers) > 0;) pause_polling(&turn);
}
