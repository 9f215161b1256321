// Goroutines on several threads, channels, timers, garbage collection, child processes, recovered faults.
package main

import (
	"fmt"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

func main() {
	var wg sync.WaitGroup
	c := make(chan int)
	sum := 0
	var mu sync.Mutex
	for i := 0; i < 100; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			time.Sleep(time.Millisecond * time.Duration(i%7))
			c <- i
			mu.Lock()
			sum += i
			mu.Unlock()
		}(i)
	}
	total := 0
	for i := 0; i < 100; i++ {
		total += <-c
	}
	wg.Wait()
	fmt.Println(total, sum)
	var garbage [][]byte
	for i := 0; i < 2000; i++ {
		garbage = append(garbage, make([]byte, 10000))
		if len(garbage) > 100 {
			garbage = nil
		}
	}
	runtime.GC()
	select {
	case <-time.After(20 * time.Millisecond):
		fmt.Println("timer")
	case <-c:
	}
	out, err := exec.Command("/bin/busybox", "echo", "from a child").Output()
	fmt.Printf("%s%v\n", out, err)
	err = exec.Command("/bin/busybox", "false").Run()
	fmt.Println(err)
	done := make(chan bool)
	go func() {
		for i := 0; i < 100000000; i++ {
		}
		done <- true
	}()
	<-done
	defer fmt.Println("recovered", recover())
	func() {
		defer func() { fmt.Println(recover()) }()
		var p *int
		*p = 1
	}()
}
