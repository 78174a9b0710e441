package executor

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A jobRoot is the file system of a job while it is made: a small one in memory, on
// which the parts of the machine that the job needs are mounted.
type jobRoot struct {
	spec
	root *os.Root
	ids  *os.File // the user namespace that shows the server's files as the job's; nil: not needed
}

// enterRoot makes the job's file system and moves this process into it. Nothing of the
// machine is there but what a job needs, at its usual path.
func enterRoot(s spec) error {
	umask := syscall.Umask(0)
	defer syscall.Umask(umask)
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keeping the job's mounts to itself: %w", err)
	}
	if err := unix.Mount("tmpfs", s.Root, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755,size=16m"); err != nil {
		return fmt.Errorf("making the job's file system: %w", err)
	}
	root, err := os.OpenRoot(s.Root)
	if err != nil {
		return fmt.Errorf("opening the job's file system: %w", err)
	}
	defer root.Close()
	r := &jobRoot{spec: s, root: root}
	for _, step := range []func() error{r.proc, r.mapUsers, r.system, r.etc, r.dev, r.folders, r.files, r.pivot} {
		if err := step(); err != nil {
			return fmt.Errorf("making the job's file system: %w", err)
		}
	}
	return nil
}

// How something of the machine appears to the job.
const (
	readOnly  = unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV
	readWrite = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV
	device    = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NOEXEC
	recursive = unix.AT_RECURSIVE
)

// errUnmapped says that a file system cannot show its files as another user's.
var errUnmapped = errors.New("its file system does not map users")

// bind makes a file or folder of the machine appear at the path to. With asJob the
// server's files in it appear as the job's; the error wraps errUnmapped where they cannot.
func (r *jobRoot) bind(from *os.File, to string, attributes uint64, flags int, asJob bool) error {
	tree, err := unix.OpenTree(int(from.Fd()), "", uint(unix.AT_EMPTY_PATH|unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|flags))
	if err != nil {
		return fmt.Errorf("binding %s: %w", to, err)
	}
	defer unix.Close(tree)
	set := unix.MountAttr{Attr_set: attributes}
	asJob = asJob && r.ids != nil
	if asJob {
		set.Attr_set |= unix.MOUNT_ATTR_IDMAP
		set.Userns_fd = uint64(r.ids.Fd())
	}
	if err := unix.MountSetattr(tree, "", uint(unix.AT_EMPTY_PATH|flags), &set); err != nil {
		if asJob {
			err = fmt.Errorf("%w: %w", errUnmapped, err)
		}
		return fmt.Errorf("binding %s: %w", to, err)
	}
	info, err := from.Stat()
	if err != nil {
		return err
	}
	within := strings.TrimPrefix(filepath.Clean(to), "/")
	if _, err := r.root.Stat(within); errors.Is(err, fs.ErrNotExist) {
		if err := r.place(within, info.IsDir()); err != nil {
			return fmt.Errorf("making room for %s: %w", to, err)
		}
	}
	target, err := r.root.OpenFile(within, unix.O_PATH, 0)
	if err != nil {
		return fmt.Errorf("making room for %s: %w", to, err)
	}
	defer target.Close()
	err = unix.MoveMount(tree, "", int(target.Fd()), "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
	if err != nil {
		return fmt.Errorf("mounting %s: %w", to, err)
	}
	return nil
}

func (r *jobRoot) place(within string, folder bool) error {
	if folder {
		return r.root.MkdirAll(within, 0o755)
	}
	if err := r.root.MkdirAll(filepath.Dir(within), 0o755); err != nil {
		return err
	}
	return r.root.WriteFile(within, nil, 0o444)
}

// bindPath binds what is at a path of the machine, if there is anything.
func (r *jobRoot) bindPath(path string, attributes uint64, asJob bool) error {
	from, err := os.OpenFile(path, unix.O_PATH, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer from.Close()
	err = r.bind(from, path, attributes, recursive, asJob)
	if errors.Is(err, errUnmapped) {
		return r.bind(from, path, attributes, recursive, false)
	}
	return err
}

func (r *jobRoot) proc() error {
	if err := r.root.Mkdir("proc", 0o555); err != nil {
		return err
	}
	if err := unix.Mount("proc", filepath.Join(r.Root, "proc"), "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mounting /proc (in a container it must not be masked): %w", err)
	}
	return nil
}

// mapUsers gets hold of a user namespace in which the job's user is what root is on the
// machine: through it the files of the server appear as the job's.
func (r *jobRoot) mapUsers() error {
	if r.UID == 0 {
		return nil
	}
	// The map of the user namespace is written through /proc, which has to be that of the
	// namespace of this process.
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	wait := exec.Command(r.Path, "-c", "read -r _")
	wait.Env = []string{}
	ids := []syscall.SysProcIDMap{{ContainerID: 0, HostID: r.UID, Size: 1}}
	wait.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER, UidMappings: ids, GidMappings: ids, GidMappingsEnableSetgroups: true,
		Credential: &syscall.Credential{},
	}
	line, err := wait.StdinPipe()
	if err != nil {
		return err
	}
	if err := wait.Start(); err != nil {
		return fmt.Errorf("making a user namespace: %w", err)
	}
	r.ids, err = os.Open(fmt.Sprintf("/proc/%d/ns/user", wait.Process.Pid))
	line.Close()
	_ = wait.Wait() // it has nothing to say
	return err
}

// system are the machine's programs and libraries.
func (r *jobRoot) system() error {
	for _, path := range []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"} {
		if target, err := os.Readlink(path); err == nil {
			if err := r.root.Symlink(target, path[1:]); err != nil {
				return err
			}
			continue
		}
		if err := r.bindPath(path, readOnly, false); err != nil {
			return err
		}
	}
	return nil
}

// etc has what programs need to find libraries and certificates, and one user: the job's.
func (r *jobRoot) etc() error {
	of := []string{
		"/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted", "/etc/resolv.conf", "/etc/alternatives",
		"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/timezone", "/etc/locale.alias",
		"/etc/mime.types", "/etc/magic",
	}
	if r.Network {
		of = append(of, "/etc/hosts")
	}
	for _, path := range of {
		if err := r.bindPath(path, readOnly, false); err != nil {
			return err
		}
	}
	texts := map[string]string{
		"etc/passwd": fmt.Sprintf("root:x:0:0:root:/:/bin/false\njob:x:%d:%d:job:%s:/bin/bash\nnobody:x:65534:65534:nobody:/:/bin/false\n",
			jobUID, jobUID, cmp.Or(r.Work, "/")),
		"etc/group":         fmt.Sprintf("root:x:0:\njob:x:%d:\nnogroup:x:65534:\n", jobUID),
		"etc/hostname":      "job\n",
		"etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
	}
	if !r.Network {
		texts["etc/hosts"] = "127.0.0.1 localhost job\n::1 localhost\n"
	}
	if err := r.root.MkdirAll("etc", 0o755); err != nil {
		return err
	}
	for name, text := range texts {
		if err := r.root.WriteFile(name, []byte(text), 0o444); err != nil {
			return err
		}
	}
	return nil
}

func (r *jobRoot) dev() error {
	for _, path := range []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"} {
		if err := r.bindPath(path, device, false); err != nil {
			return err
		}
	}
	for name, target := range map[string]string{"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"} {
		if err := r.root.Symlink(target, "dev/"+name); err != nil {
			return err
		}
	}
	if err := r.root.Mkdir("dev/shm", 0o755); err != nil {
		return err
	}
	options := fmt.Sprintf("mode=1777,size=%d", r.Limits.Shared)
	return unix.Mount("tmpfs", filepath.Join(r.Root, "dev/shm"), "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options)
}

// folders are the job's own folder, its /tmp, which is a part of that, and the mounts
// of its configuration.
func (r *jobRoot) folders() error {
	tmp, err := os.Open(r.Tmp)
	if err != nil {
		return err
	}
	defer tmp.Close()
	if err := r.bind(tmp, "/tmp", readWrite, 0, false); err != nil {
		return err
	}
	dir, err := os.Open(r.Dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := r.bind(dir, r.Dir, readWrite, 0, false); err != nil { // without the new root below it
		return err
	}
	var mounts []string
	for _, path := range append(slices.Clone(r.ReadOnly), r.Writable...) {
		if within, err := filepath.Rel(r.Dir, path); err != nil || !filepath.IsLocal(within) {
			mounts = append(mounts, path)
		}
	}
	slices.SortStableFunc(mounts, func(a, b string) int { return len(a) - len(b) }) // the outer ones first
	for _, path := range mounts {
		attributes := uint64(readOnly)
		if slices.Contains(r.Writable, path) {
			attributes = readWrite
		}
		if err := r.bindPath(path, attributes, true); err != nil {
			return err
		}
	}
	return nil
}

// files are the inputs. They appear in place of the empty files that the server has made.
func (r *jobRoot) files() error {
	for _, f := range r.Files {
		if err := r.file(f); err != nil {
			return fmt.Errorf("input %s: %w", filepath.Base(f.Target), err)
		}
	}
	inputs, err := r.root.Open(strings.TrimPrefix(r.Inputs, "/"))
	if err != nil {
		return err
	}
	defer inputs.Close()
	return r.bind(inputs, r.Inputs, readOnly, recursive, false)
}

func (r *jobRoot) file(f boundFile) error {
	from, err := openInput(f)
	if err != nil {
		return err
	}
	defer from.Close()
	err = r.bind(from, f.Target, readOnly, 0, true)
	if !errors.Is(err, errUnmapped) {
		return err
	}
	if info, err := from.Stat(); err == nil && info.Mode().Perm()&0o004 != 0 {
		return r.bind(from, f.Target, readOnly, 0, false) // everybody reads it
	}
	copied, err := os.OpenFile(f.Target, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = io.Copy(copied, from)
	return errors.Join(err, copied.Close())
}

// pivot makes the new file system the only one there is.
func (r *jobRoot) pivot() error {
	if err := os.Chdir(r.Root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("changing to it: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leaving the machine's: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return fmt.Errorf("closing it: %w", err)
	}
	return nil
}
