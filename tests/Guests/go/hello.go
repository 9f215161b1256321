// The smallest Go program: its runtime starts threads before main runs.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("hello", len(os.Args))
}
