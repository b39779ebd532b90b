/* How the products on this machine stand, as its Countersign agent says: status [SOCKET]
 *
 * Nothing but POSIX: it finds the few fields it prints in the agent's JSON, which is one line without white space. A program
 * that does more with the answer should bring a JSON reader. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DEFAULT_SOCKET "/run/countersign/agent.sock"
#define MAX_LINE_BYTES (64 * 1024)
#define EXIT_NO_AGENT 4
#define EXIT_NOT_ACTIVATED 6

static int connect_agent(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || strlen(path) >= sizeof address.sun_path)
        return -1;
    strcpy(address.sun_path, path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

/* One request, one reply; 0 when the reply is a result. */
static int request(int fd, const char *line, char *reply)
{
    size_t length = 0;
    if (write(fd, line, strlen(line)) != (ssize_t)strlen(line))
        return -1;
    while (length < MAX_LINE_BYTES) {
        ssize_t got = read(fd, reply + length, 1);
        if (got != 1)
            return -1;
        if (reply[length] == '\n') {
            reply[length] = '\0';
            return strstr(reply, "\"result\":") == NULL ? -1 : 0;
        }
        length++;
    }
    return -1;
}

/* The text after the next `"name":"`, up to its quote; moves on. */
static const char *field(const char *from, const char *name, char *text, size_t size)
{
    const char *start = strstr(from, name);
    const char *end = start == NULL ? NULL : strchr(start + strlen(name), '"');
    if (end == NULL || (size_t)(end - start) - strlen(name) >= size)
        return NULL;
    size_t length = (size_t)(end - start) - strlen(name);
    memcpy(text, start + strlen(name), length);
    text[length] = '\0';
    return end;
}

int main(int argc, char **argv)
{
    static char reply[MAX_LINE_BYTES + 1];
    const char *path = argc > 1 ? argv[1] : DEFAULT_SOCKET;
    int fd = connect_agent(path);
    if (fd < 0 || request(fd, "{\"id\":1,\"method\":\"hello\",\"params\":{\"versions\":[1]}}\n", reply) != 0 ||
        request(fd, "{\"id\":2,\"method\":\"status\"}\n", reply) != 0) {
        fprintf(stderr, "no agent answers at %s\n", path);
        return EXIT_NO_AGENT;
    }
    int all_licensed = 1;
    char name[256], status[256];
    const char *at = reply;
    while ((at = field(at, "\"name\":\"", name, sizeof name)) != NULL &&
           (at = field(at, "\"statusText\":\"", status, sizeof status)) != NULL) {
        printf("%s: %s\n", name, status);
        if (strcmp(status, "Licensed") != 0)
            all_licensed = 0;
    }
    close(fd);
    return all_licensed ? 0 : EXIT_NOT_ACTIVATED;
}
