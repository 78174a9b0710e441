// Command job is the program of the conformance suite of executors: each of its arguments is a
// step, done in order.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	for _, step := range os.Args[1:] {
		name, rest, _ := strings.Cut(step, ":")
		if err := do(name, rest); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", step, err)
			os.Exit(70)
		}
	}
}

func do(name, rest string) error {
	first, second, _ := strings.Cut(rest, ":")
	switch name {
	case "print":
		fmt.Println(rest)
	case "complain":
		fmt.Fprintln(os.Stderr, rest)
	case "arguments":
		fmt.Printf("%q\n", os.Args[1:])
	case "env":
		value, ok := os.LookupEnv(rest)
		fmt.Printf("%s=%s %t\n", rest, value, ok)
	case "read": // the file or folder that a variable names
		return read(os.Getenv(rest))
	case "write": // write:NAME:TEXT into the folder of outputs
		at := filepath.Join(os.Getenv("OUTPUT_DIR"), first)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		return os.WriteFile(at, []byte(second+"\n"), 0o644)
	case "put": // put:VARIABLE:NAME, a file in the folder that a variable names
		return os.WriteFile(filepath.Join(os.Getenv(first), second), []byte("put"), 0o644)
	case "cannot-put":
		if err := os.WriteFile(filepath.Join(first, second), []byte("put"), 0o644); err == nil {
			return fmt.Errorf("it could")
		}
	case "cannot-change": // the file that a variable names
		file, err := os.OpenFile(os.Getenv(rest), os.O_WRONLY, 0)
		if err == nil {
			file.Close()
			return fmt.Errorf("it could")
		}
	case "exit":
		code, _ := strconv.Atoi(rest)
		os.Exit(code)
	case "sleep":
		d, err := time.ParseDuration(rest)
		time.Sleep(d)
		return err
	case "wait-for": // a file in the folder that a variable names
		for {
			if _, err := os.Stat(filepath.Join(os.Getenv(first), second)); err == nil {
				return nil
			}
			time.Sleep(20 * time.Millisecond)
		}
	case "on-term": // print when asked to stop, and end
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		go func() {
			<-signals
			fmt.Println(rest)
			os.Exit(0)
		}()
	case "ignore-term":
		signal.Ignore(syscall.SIGTERM)
	case "allocate": // MiB
		return allocate(rest)
	case "fill": // fill:NAME:MiB
		return fill(first, second)
	case "flood": // lines of 1 KiB
		n, _ := strconv.Atoi(rest)
		line := strings.Repeat("x", 1023) + "\n"
		for range n {
			fmt.Print(line)
		}
	case "processes": // how many of them at a time
		return processes(rest)
	case "user":
		fmt.Printf("root=%t\n", os.Getuid() == 0)
	case "interfaces":
		interfaces, err := net.Interfaces()
		fmt.Println("interfaces:", len(interfaces))
		return err
	case "status": // a line of /proc/self/status
		return status(rest)
	default:
		return fmt.Errorf("unknown step")
	}
	return nil
}

func read(at string) error {
	info, err := os.Stat(at)
	if err != nil {
		return err
	}
	files := []string{at}
	if info.IsDir() {
		if files, err = filepath.Glob(filepath.Join(at, "*")); err != nil {
			return err
		}
		sort.Strings(files)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %s\n", filepath.Base(file), raw)
	}
	return nil
}

func allocate(text string) error {
	n, err := strconv.Atoi(text)
	var kept [][]byte
	for range n {
		block := make([]byte, 1<<20)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		kept = append(kept, block)
	}
	fmt.Println("allocated", len(kept))
	return err
}

func fill(name, text string) error {
	n, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(os.Getenv("OUTPUT_DIR"), name))
	if err != nil {
		return err
	}
	defer file.Close()
	for range n {
		if _, err := io.Copy(file, io.LimitReader(zeros{}, 1<<20)); err != nil {
			return err
		}
	}
	return nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func processes(text string) error {
	n, _ := strconv.Atoi(text)
	for i := range n {
		if err := exec.Command("/proc/self/exe", "sleep:60s").Start(); err != nil {
			fmt.Println("some processes are refused:", i < n)
			return nil
		}
	}
	return fmt.Errorf("none was refused")
}

func status(name string) error {
	raw, err := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, name+":") {
			fmt.Print(line)
		}
	}
	return err
}
