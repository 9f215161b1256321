// A Rust program without threads: strings, collections, floats, files, sorting, errors.
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead, Write};

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(f64),
    Operator(char),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    text.split_whitespace()
        .map(|word| match word {
            "+" | "-" | "*" | "/" => Ok(Token::Operator(word.chars().next().unwrap())),
            _ => word.parse().map(Token::Number).map_err(|e| format!("{word}: {e}")),
        })
        .collect()
}

fn evaluate(text: &str) -> Result<f64, String> {
    let mut stack = Vec::new();
    for token in tokens(text)? {
        match token {
            Token::Number(n) => stack.push(n),
            Token::Operator(c) => {
                let b = stack.pop().ok_or("too few operands")?;
                let a = stack.pop().ok_or("too few operands")?;
                stack.push(match c {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    _ => a / b,
                });
            }
        }
    }
    stack.pop().ok_or_else(|| "nothing".to_string())
}

fn main() -> io::Result<()> {
    for text in ["1 2 +", "3 4 * 5 /", "2 0 /", "1 +", "x 1 +"] {
        println!("{text} = {:?}", evaluate(text));
    }

    let mut counts: HashMap<String, usize> = HashMap::new();
    for line in io::stdin().lock().lines() {
        for word in line?.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
            *counts.entry(word.to_lowercase()).or_default() += 1;
        }
    }
    let sorted: BTreeMap<_, _> = counts.iter().collect();
    println!("{sorted:?}");

    let mut text = String::new();
    for i in 0..2000u64 {
        writeln!(text, "{i:>6} {:08.3} {:#x}", (i as f64).sqrt(), i.pow(3)).unwrap();
    }
    fs::create_dir_all("out/deep")?;
    fs::write("out/deep/table.txt", &text)?;
    let back = fs::read_to_string("out/deep/table.txt")?;
    println!("{} {} {}", back.len(), back == text, back.lines().nth(1234).unwrap());
    fs::rename("out/deep/table.txt", "out/moved.txt")?;
    let mut names: Vec<_> = fs::read_dir("out")?.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    println!("{names:?} {}", fs::metadata("out/moved.txt")?.len());
    println!("{:?}", fs::read("missing").map_err(|e| e.kind()));

    let mut numbers: Vec<u64> = (0..50_000).map(|i: u64| i.wrapping_mul(6364136223846793005) >> 20).collect();
    numbers.sort_unstable();
    println!("{} {}", numbers[0], numbers[25_000]);
    println!("{:e} {} {:?} {}", 1.0 / 3.0, f64::MAX, 0.1 + 0.2, f32::EPSILON);
    println!("{:?}", "grüße, мир".chars().rev().collect::<String>());
    println!("{:?}", std::env::args().skip(1).collect::<Vec<_>>());
    let caught = std::panic::catch_unwind(|| {
        let empty: Vec<i32> = Vec::new();
        empty[numbers_len()]
    });
    println!("panic caught: {}", caught.is_err());
    io::stdout().flush()?;
    std::process::exit(3);
}

fn numbers_len() -> usize {
    7
}
