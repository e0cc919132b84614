// The frames that wsload sends, masked as a client's must be.
#include <stdlib.h>
#include <string.h>

enum { TEXT = 1, BINARY = 2, CLOSE = 8 };
static const unsigned char MASK[4] = {0x37, 0xfa, 0x21, 0x3d};
/** Close with code 1000. */
static const unsigned char BYE[8] = {0x80 | CLOSE, 0x82, 0x37, 0xfa, 0x21, 0x3d, 0x03 ^ 0x37, 0xe8 ^ 0xfa};

/** The masked text frame of this payload; the caller frees it. */
static unsigned char *text_frame(const char *payload, size_t n, size_t *len) {
  unsigned char *p = malloc(n + 14);
  size_t h = 0;
  p[h++] = 0x80 | TEXT;
  if (n < 126) {
    p[h++] = 0x80 | n;
  } else if (n < 65536) {
    p[h++] = 0x80 | 126;
    p[h++] = n >> 8;
    p[h++] = n;
  } else {
    p[h++] = 0x80 | 127;
    for (int i = 7; i >= 0; i--) p[h++] = (unsigned long long)n >> (8 * i);
  }
  memcpy(p + h, MASK, 4);
  h += 4;
  for (size_t i = 0; i < n; i++) p[h + i] = payload[i] ^ MASK[i % 4];
  *len = h + n;
  return p;
}
