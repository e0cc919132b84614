// wsload: a WebSocket load generator, one thread with epoll, loopback only. Prints one line of JSON.
//   wsload echo  HOST PORT PATH -c CONNS -d DEPTH -s SIZE -t SECONDS   each connection keeps DEPTH messages in flight
//   wsload fan   HOST PORT PATH -c CONNS -d DEPTH -s SIZE -t SECONDS   connection 0 sends "b:...", the server sends it to all
//   wsload idle  HOST PORT PATH -c CONNS -t SECONDS                    opens them and waits
//   wsload churn HOST PORT PATH -c CONCURRENCY -t SECONDS              connect, one echo, close, and again
// -p PID adds the server's own CPU time per message (steadier than a rate on a shared machine) and its resident memory.
// -P socket.io speaks Engine.IO 4 to it: each message is the text 42["m","..."]; only such messages count.
// Build: cc -O2 -o wsload wsload.c
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "frame.h"
#include "local.h"
#include "measure.h"

enum mode { ECHO, FAN, IDLE, CHURN, MODES };
static const char *MODE_NAMES[MODES] = {"echo", "fan", "idle", "churn"};
/** JOINING is for socket.io only: the WebSocket is open, the session is not. */
enum state { CONNECTING, HANDSHAKE, JOINING, OPEN, CLOSING, DEAD };
enum { CHUNK = 1 << 18, EVENTS = 1024, DIALLING = 256 };

typedef struct {
  int fd, state, want_write;
  int matched;               // bytes of the blank line behind the response that have come
  unsigned char header[10];  // of the frame that is being read
  int header_len;
  unsigned long long need;   // bytes of its payload that are still to come
  unsigned char head[2];     // the first bytes of its payload
  int head_len;
  unsigned char *out;        // what the socket did not take yet
  size_t out_len, out_cap;
  double *sent;              // when each message in flight was sent: a ring
  int sent_head, sent_tail, sent_cap;
} conn;

static enum mode mode;
static int conns = 1, depth = 1, size = 16, server_pid = 0, socket_io = 0;
static double seconds = 5;
static int ep;
static struct sockaddr_in addr;
static char request[1024];
static int request_len;
static unsigned char *frame;
static size_t frame_len;
static conn *all;
static int measuring;
static unsigned long long total, opened, failed, fan_received;

/** The one message that is sent again and again: letters, and the mark of a message to all in front in fan mode. */
static void make_message(void) {
  char *payload = malloc(size + 16);
  size_t n = 0;
  if (socket_io) n += sprintf(payload, "42[\"m\",\"");
  for (int i = 0; i < size; i++) payload[n + i] = mode == FAN && i == 0 ? 'b' : mode == FAN && i == 1 ? ':' : 'a' + i % 26;
  n += size;
  if (socket_io) n += sprintf(payload + n, "\"]");
  frame = text_frame(payload, n, &frame_len);
  free(payload);
}

static void watch_writable(conn *c, int yes) {
  if (c->want_write == yes) return;
  c->want_write = yes;
  struct epoll_event e = {.events = EPOLLIN | (yes ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}

static void flush_out(conn *c) {
  size_t off = 0;
  while (off < c->out_len) {
    ssize_t n = send(c->fd, c->out + off, c->out_len - off, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EAGAIN) break;
      c->state = DEAD;
      return;
    }
    off += n;
  }
  memmove(c->out, c->out + off, c->out_len - off);
  c->out_len -= off;
  watch_writable(c, c->out_len > 0);
}

static void put(conn *c, const void *data, size_t n) {
  if (c->out_len + n > c->out_cap) {
    c->out_cap = (c->out_len + n) * 2;
    c->out = realloc(c->out, c->out_cap);
  }
  memcpy(c->out + c->out_len, data, n);
  c->out_len += n;
}

static void put_text(conn *c, const char *text) {
  size_t n;
  unsigned char *made = text_frame(text, strlen(text), &n);
  put(c, made, n);
  free(made);
}

static void put_messages(conn *c, int n) {
  double t = now();
  for (int i = 0; i < n; i++) {
    put(c, frame, frame_len);
    c->sent[c->sent_tail++ % c->sent_cap] = t;
  }
}

static void drop(conn *c) {
  epoll_ctl(ep, EPOLL_CTL_DEL, c->fd, 0);
  close(c->fd);
  c->state = DEAD;
}

static void dial(conn *c) {
  free(c->out);
  double *sent = c->sent;
  int sent_cap = c->sent_cap, on = 1;
  memset(c, 0, sizeof *c);
  c->sent = sent;
  c->sent_cap = sent_cap;
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  bind_source(c->fd);
  if (connect(c->fd, (void *)&addr, sizeof addr) < 0 && errno != EINPROGRESS) {
    perror("connect");
    failed++;
    close(c->fd);
    c->state = DEAD;
    return;
  }
  c->state = CONNECTING;
  c->want_write = 1;
  struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
}

static void on_open(conn *c) {
  opened++;
  c->state = OPEN;
  if (mode == CHURN) put_messages(c, 1);
}

static void on_message(conn *c) {
  if (mode == ECHO) {
    if (c->sent_head < c->sent_tail) {
      double sent = c->sent[c->sent_head++ % c->sent_cap];
      if (measuring) add_latency(now() - sent), total++;
    }
    put_messages(c, 1);
  } else if (mode == FAN) {
    if (measuring) total++;
    fan_received++;
  } else if (mode == CHURN) {
    put(c, BYE, sizeof BYE);
    c->state = CLOSING;
  }
}

static void on_close(conn *c) {
  if (mode != CHURN || c->state != CLOSING) failed++;
  else if (measuring) add_latency(now() - c->sent[0]), total++;
  drop(c);
}

/** Engine.IO: 0 opens it, 2 is a ping; Socket.IO inside of it: 40 joins the main namespace, 42 is an event. */
static void on_socket_io(conn *c) {
  if (c->head[0] == '0') put_text(c, "40");
  else if (c->head[0] == '2' && c->head_len == 1) put_text(c, "3");
  else if (c->head[0] == '4' && c->head_len == 2 && c->head[1] == '0') on_open(c);
  else if (c->head[0] == '4' && c->head_len == 2 && c->head[1] == '2') on_message(c);
}

static void on_frame(conn *c) {
  int op = c->header[0] & 15;
  c->header_len = 0;
  if (op == CLOSE) on_close(c);
  else if (op == TEXT && socket_io) on_socket_io(c);
  else if (op == TEXT || op == BINARY) on_message(c);
  c->head_len = 0;
}

/** Skips bytes of the response; answers how many of them, up to and with the blank line behind it. */
static ssize_t read_response(conn *c, const unsigned char *b, ssize_t n) {
  const char *end = "\r\n\r\n";
  ssize_t i = 0;
  for (; i < n && c->matched < 4; i++) c->matched = b[i] == (unsigned char)end[c->matched] ? c->matched + 1 : b[i] == '\r';
  if (c->matched == 4) {
    if (socket_io) c->state = JOINING;
    else on_open(c);
  }
  return i;
}

static ssize_t read_payload(conn *c, const unsigned char *b, ssize_t n) {
  unsigned long long taken = (unsigned long long)n < c->need ? (unsigned long long)n : c->need;
  for (ssize_t i = 0; i < (ssize_t)taken && c->head_len < 2; i++) c->head[c->head_len++] = b[i];
  c->need -= taken;
  if (c->need == 0) on_frame(c);
  return taken;
}

static void read_header(conn *c, unsigned char byte) {
  c->header[c->header_len++] = byte;
  if (c->header_len < 2) return;
  int short_len = c->header[1] & 127, whole = 2 + (short_len == 126 ? 2 : short_len == 127 ? 8 : 0);
  if (c->header_len < whole) return;
  c->need = short_len;
  if (short_len >= 126) {
    c->need = 0;
    for (int k = 2; k < whole; k++) c->need = c->need << 8 | c->header[k];
  }
  if (c->need == 0) on_frame(c);
}

static void on_data(conn *c, const unsigned char *b, ssize_t n) {
  ssize_t i = c->state == HANDSHAKE ? read_response(c, b, n) : 0;
  while (i < n && c->state != DEAD) {
    if (c->need > 0) i += read_payload(c, b + i, n - i);
    else read_header(c, b[i++]);
  }
}

static void on_connected(conn *c) {
  int error = 0;
  socklen_t len = sizeof error;
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
  if (error) {
    failed++;
    drop(c);
    return;
  }
  c->state = HANDSHAKE;
  put(c, request, request_len);
  flush_out(c);
}

static void on_readable(conn *c) {
  static unsigned char bytes[CHUNK];
  for (;;) {
    ssize_t n = recv(c->fd, bytes, CHUNK, 0);
    if (n > 0) {
      on_data(c, bytes, n);
      if (c->state == DEAD || n < CHUNK) return;
      continue;
    }
    if (n < 0 && errno == EAGAIN) return;
    if (c->state != CLOSING) failed++;
    drop(c);
    return;
  }
}

static int read_arguments(int argc, char **argv) {
  if (argc < 5) return 0;
  for (mode = ECHO; mode < MODES && strcmp(argv[1], MODE_NAMES[mode]); mode++);
  if (mode == MODES) return 0;
  for (int i = 5; i + 1 < argc; i += 2) {
    const char *value = argv[i + 1];
    switch (argv[i][1]) {
      case 'c': conns = atoi(value); break;
      case 'd': depth = atoi(value); break;
      case 's': size = atoi(value); break;
      case 't': seconds = atof(value); break;
      case 'p': server_pid = atoi(value); break;
      case 'P': socket_io = !strcmp(value, "socket.io"); break;
      default: return 0;
    }
  }
  if (size < 2) size = 2;
  addr.sin_family = AF_INET;
  addr.sin_port = htons(atoi(argv[3]));
  inet_pton(AF_INET, argv[2], &addr.sin_addr);
  if (ntohl(addr.sin_addr.s_addr) >> 24 != 127) return 0;
  request_len = snprintf(request, sizeof request,
                         "GET %s HTTP/1.1\r\nHost: %s:%s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                         argv[4], argv[2], argv[3]);
  return request_len < (int)sizeof request;
}

static void start_sending(void) {
  if (mode == ECHO) {
    for (int i = 0; i < conns; i++)
      if (all[i].state == OPEN) put_messages(&all[i], depth), flush_out(&all[i]);
  } else if (mode == FAN) {
    usleep(200000); // what the last joins left to do is not part of it
    put_messages(&all[0], depth);
    flush_out(&all[0]);
  }
}

static void handle(conn *c, unsigned events, double end) {
  if (c->state == DEAD) return;
  if (c->state == CONNECTING) {
    on_connected(c);
    return;
  }
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_readable(c);
  if (c->state != DEAD && c->out_len > 0) flush_out(c);
  if (c->state == DEAD && mode == CHURN && now() < end) dial(c);
}

static void next_fan_round(double *since) {
  if (fan_received < opened * depth) return;
  double t = now();
  if (measuring) add_latency(t - *since);
  *since = t;
  fan_received -= opened * depth;
  put_messages(&all[0], depth);
  flush_out(&all[0]);
}

/** Opens, warms up for half a second, and measures; answers the length of what it measured. */
static double load(double *cpu0) {
  struct epoll_event events[EVENTS];
  double dialled = now(), start = 0, end = 1e18, fan_since = 0;
  for (int next = 0, started = 0;;) {
    while (next < conns && next - (int)opened - (int)failed < DIALLING) dial(&all[next++]);
    if (!started && (mode == CHURN || opened + failed >= (unsigned)conns)) {
      started = 1;
      start_sending();
      fan_since = now();
      start = now() + (mode == IDLE ? 0 : 0.5);
      end = start + seconds;
    }
    double t = now();
    if (started && !measuring && t >= start) {
      measuring = 1;
      total = 0;
      forget_latencies();
      start = t;
      if (server_pid) *cpu0 = cpu_of(server_pid);
    }
    if (started && t >= end) return t - start;
    if (!started && t - dialled > 120) {
      fprintf(stderr, "connect timeout: %llu opened\n", opened);
      exit(1);
    }
    int n = epoll_wait(ep, events, EVENTS, 50);
    for (int k = 0; k < n; k++) handle(events[k].data.ptr, events[k].events, end);
    if (mode == FAN && started) next_fan_round(&fan_since);
  }
}

static void report(double elapsed, double cpu, long rss0, long rss1) {
  sort_latencies();
  printf("{\"mode\":\"%s\",\"conns\":%d,\"depth\":%d,\"size\":%d,\"secs\":%.2f", MODE_NAMES[mode], conns, depth, size, elapsed);
  printf(",\"opened\":%llu,\"failed\":%llu,\"total\":%llu,\"per_s\":%.0f", opened, failed, total, total / elapsed);
  printf(",\"p50_us\":%.0f,\"p99_us\":%.0f,\"p999_us\":%.0f,\"max_us\":%.0f", percentile_us(.5), percentile_us(.99),
         percentile_us(.999), percentile_us(1));
  if (server_pid && total) printf(",\"server_cpu\":%.2f,\"server_us_per_msg\":%.3f", cpu / elapsed, cpu * 1e6 / total);
  if (server_pid) {
    printf(",\"rss0_kb\":%ld,\"rss1_kb\":%ld", rss0, rss1);
    printf(",\"bytes_per_conn\":%.0f", (rss1 - rss0) * 1024.0 / (opened ? opened : 1));
  }
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  printf(",\"client_cpu_s\":%.2f}\n", u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6);
}

int main(int argc, char **argv) {
  if (!read_arguments(argc, argv)) {
    fprintf(stderr, "usage: see the head of wsload.c; the host is an address of the loopback network\n");
    return 2;
  }
  raise_limit();
  make_message();
  ep = epoll_create1(0);
  all = calloc(conns, sizeof *all);
  for (int i = 0; i < conns; i++) {
    all[i].sent_cap = depth + 1;
    all[i].sent = calloc(depth + 1, sizeof(double));
    all[i].state = DEAD;
    all[i].fd = -1;
  }
  double cpu0 = 0;
  long rss0 = server_pid ? rss_of(server_pid) : 0;
  double elapsed = load(&cpu0);
  double cpu = server_pid ? cpu_of(server_pid) - cpu0 : 0;
  report(elapsed, cpu, rss0, server_pid ? rss_of(server_pid) : 0);
  return 0;
}
