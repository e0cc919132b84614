// What this machine gives to one process: source addresses with ports, and file descriptors.
#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>

/** One source address has too few ports for all connections: the next 20 000 use the next address of the loopback network. */
static void bind_source(int fd) {
  static int count;
  int on = 1;
  struct sockaddr_in source = {.sin_family = AF_INET};
  source.sin_addr.s_addr = htonl(0x7f000001 + count++ / 20000);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  bind(fd, (void *)&source, sizeof source);
}

/** As many descriptors as this process may have. */
static void raise_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}
