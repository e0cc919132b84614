// What wsload measures with: a clock, latencies and their percentiles, CPU time and memory of another process (Linux: /proc).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double *latencies;
static size_t latency_count, latency_cap;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static void add_latency(double value) {
  if (latency_count == latency_cap) {
    if (latency_cap > 40000000) return;
    latency_cap = latency_cap ? latency_cap * 2 : 1 << 16;
    latencies = realloc(latencies, latency_cap * sizeof *latencies);
  }
  latencies[latency_count++] = value;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void forget_latencies(void) { latency_count = 0; }

static void sort_latencies(void) { qsort(latencies, latency_count, sizeof *latencies, ascending); }

/** Of the sorted latencies, in microseconds. */
static double percentile_us(double q) { return latency_count ? latencies[(size_t)(q * (latency_count - 1))] * 1e6 : 0; }

/** User and system time of a process so far, in seconds. */
static double cpu_of(int pid) {
  char path[64], text[1024];
  unsigned long user = 0, system = 0;
  sprintf(path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  char *behind_name = strrchr(text, ')');
  if (!behind_name) return 0;
  sscanf(behind_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
  return (user + system) / (double)sysconf(_SC_CLK_TCK);
}

/** Resident memory of a process, in KiB. */
static long rss_of(int pid) {
  char path[64], line[256];
  long kb = -1;
  sprintf(path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "r");
  if (!file) return -1;
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "VmRSS: %ld", &kb) == 1) break;
  fclose(file);
  return kb;
}
