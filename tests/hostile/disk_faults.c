/* A disk that fails at one chosen point: preloaded (LD_PRELOAD) into a process, and armed by hostile_arm.

   Every call that changes something below a folder is counted, whoever makes it: Python, SQLite (C), polars (Rust). At
   the chosen one the process group is killed, before the call or in the middle of a write, or the call fails with a
   chosen error, once or from then on. Flushes are counted and left out: no test cuts the power. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COUNT, KILL, TEAR, FAIL };

static char root[PATH_MAX];
static size_t root_length;
static int log_file = -1, action, code, stays;
static long chosen;
static atomic_long calls;

#define TRUE_CALL(result, name, ...) \
    static result (*true_##name)(__VA_ARGS__); \
    if (!true_##name) true_##name = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

void hostile_arm(const char *folder, const char *log, long at, long act, long error, long for_ever) {
    snprintf(root, sizeof root, "%s/", folder);
    root_length = strlen(root);
    log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    chosen = at, action = (int)act, code = (int)error, stays = (int)for_ever;
    atomic_store(&calls, 0);
}

static int is_below(const char *path) { return root_length && strncmp(path, root, root_length) == 0; }

static int name_of(int file, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, (size_t)PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return 1;
}

static int full_name(int folder, const char *given, char *path) {
    char start[PATH_MAX] = "";
    if (!given) return 0;
    if (given[0] == '/') {
        snprintf(path, PATH_MAX, "%s", given);
        return 1;
    }
    if (folder == AT_FDCWD) {
        if (syscall(SYS_getcwd, start, (size_t)PATH_MAX) <= 0) return 0;
    } else if (!name_of(folder, start)) {
        return 0;
    }
    size_t length = strlen(start);
    if (length + strlen(given) + 2 > PATH_MAX) return 0;
    memcpy(path, start, length);
    path[length] = '/';
    strcpy(path + length + 1, given);
    return 1;
}

/* Whether a full disk would let this call through: what only takes away needs no room. */
static int needs_no_room(const char *call) { return !strcmp(call, "unlink") || !strcmp(call, "rmdir"); }

/* What becomes of a call: 0 it is made, 1 half of it is made and then the process dies, -1 it fails with errno. */
static int meet(const char *call, const char *path) {
    if (!is_below(path)) return 0;
    long number = atomic_fetch_add(&calls, 1) + 1;
    char text[PATH_MAX + 64];
    int length = snprintf(text, sizeof text, "%ld %s %s\n", number, call, path + root_length);
    if (log_file >= 0) syscall(SYS_write, log_file, text, (size_t)length);
    if (!chosen || number < chosen || (number > chosen && !stays)) return 0;
    switch (action) {
    case KILL:
        syscall(SYS_kill, 0, SIGKILL);
        for (;;) pause();
    case TEAR:
        return 1;
    case FAIL:
        if (code == ENOSPC && needs_no_room(call)) return 0;
        errno = code;
        return -1;
    }
    return 0;
}

static void die(void) {
    syscall(SYS_kill, 0, SIGKILL);
    for (;;) pause();
}

static int meet_file(const char *call, int file) {
    char path[PATH_MAX];
    if (!root_length || !name_of(file, path)) return 0;
    return meet(call, path);
}

static int meet_name(const char *call, int folder, const char *given) {
    char path[PATH_MAX];
    if (!root_length || !full_name(folder, given, path)) return 0;
    return meet(call, path);
}

ssize_t write(int file, const void *data, size_t size) {
    TRUE_CALL(ssize_t, write, int, const void *, size_t);
    int met = meet_file("write", file);
    if (met < 0) return -1;
    if (met) true_write(file, data, size / 2), die();
    return true_write(file, data, size);
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) {
    TRUE_CALL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    int met = meet_file("write", file);
    if (met < 0) return -1;
    if (met) true_pwrite64(file, data, size / 2, at), die();
    return true_pwrite64(file, data, size, at);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at) { return pwrite64(file, data, size, at); }

ssize_t writev(int file, const struct iovec *parts, int count) {
    TRUE_CALL(ssize_t, writev, int, const struct iovec *, int);
    int met = meet_file("write", file);
    if (met < 0) return -1;
    if (met) true_writev(file, parts, count / 2), die();
    return true_writev(file, parts, count);
}

ssize_t sendfile64(int to, int from, off64_t *at, size_t size) {
    TRUE_CALL(ssize_t, sendfile64, int, int, off64_t *, size_t);
    int met = meet_file("write", to);
    if (met < 0) return -1;
    if (met) true_sendfile64(to, from, at, size / 2), die();
    return true_sendfile64(to, from, at, size);
}

ssize_t sendfile(int to, int from, off_t *at, size_t size) { return sendfile64(to, from, at, size); }

ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *there, size_t size, unsigned flags) {
    TRUE_CALL(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned);
    int met = meet_file("write", to);
    if (met < 0) return -1;
    if (met) true_copy_file_range(from, at, to, there, size / 2, flags), die();
    return true_copy_file_range(from, at, to, there, size, flags);
}

#define ON_FILE(call, name) \
    int name(int file) { \
        int met = meet_file(call, file); \
        if (met < 0) return -1; \
        if (met) die(); \
        return 0; \
    }
ON_FILE("fsync", fsync)
ON_FILE("fsync", fdatasync)

int ftruncate64(int file, off64_t size) {
    TRUE_CALL(int, ftruncate64, int, off64_t);
    int met = meet_file("truncate", file);
    if (met < 0) return -1;
    if (met) die();
    return true_ftruncate64(file, size);
}

int ftruncate(int file, off_t size) { return ftruncate64(file, size); }

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    TRUE_CALL(int, renameat, int, const char *, int, const char *);
    int met = meet_name("rename", to_folder, to);
    if (met < 0) return -1;
    if (met) die();
    return true_renameat(from_folder, from, to_folder, to);
}

int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
    TRUE_CALL(int, linkat, int, const char *, int, const char *, int);
    int met = meet_name("link", to_folder, to);
    if (met < 0) return -1;
    if (met) die();
    return true_linkat(from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int folder, const char *path, int flags) {
    TRUE_CALL(int, unlinkat, int, const char *, int);
    int met = meet_name(flags & AT_REMOVEDIR ? "rmdir" : "unlink", folder, path);
    if (met < 0) return -1;
    if (met) die();
    return true_unlinkat(folder, path, flags);
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int folder, const char *path, mode_t mode) {
    TRUE_CALL(int, mkdirat, int, const char *, mode_t);
    int met = meet_name("mkdir", folder, path);
    if (met < 0) return -1;
    if (met) die();
    return true_mkdirat(folder, path, mode);
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

static int opened(int folder, const char *path, int flags, mode_t mode) {
    TRUE_CALL(int, openat64, int, const char *, int, ...);
    if (flags & (O_CREAT | O_WRONLY | O_RDWR | O_TRUNC)) {
        int met = meet_name("open", folder, path);
        if (met < 0) return -1;
        if (met) die();
    }
    return true_openat64(folder, path, flags, mode);
}

#define WITH_MODE(flags, last) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { \
        va_list given; \
        va_start(given, last); \
        mode = va_arg(given, mode_t); \
        va_end(given); \
    }

int open64(const char *path, int flags, ...) {
    WITH_MODE(flags, flags)
    return opened(AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...) {
    WITH_MODE(flags, flags)
    return opened(AT_FDCWD, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...) {
    WITH_MODE(flags, flags)
    return opened(folder, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    WITH_MODE(flags, flags)
    return opened(folder, path, flags, mode);
}

int creat64(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int creat(const char *path, mode_t mode) { return creat64(path, mode); }
