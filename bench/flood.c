// Sends UDP datagrams at an even pace: flood ADDRESS PORT RATE SECONDS BYTES. Prints how many it has sent.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  if (inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) return 2;
  double rate = atof(argv[3]), seconds = atof(argv[4]);
  size_t bytes = atoi(argv[5]);
  char payload[65536] = {0};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) return 1;
  long sent = 0, whole = rate * seconds;
  double began = now();
  while (sent < whole) {
    // As many as are due; then it sleeps, so that others have the processor.
    long due = (now() - began) * rate;
    if (due > whole) due = whole;
    for (; sent < due; sent++)
      if (sendto(fd, payload, bytes, 0, (struct sockaddr *)&to, sizeof to) < 0) {
        perror("sendto");
        return 1;
      }
    nanosleep(&(struct timespec){0, 200000}, NULL);
  }
  printf("%ld %.3f\n", sent, now() - began);
  return 0;
}
