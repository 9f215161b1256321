# Fields, text and tables in awk: a count of the words of a file, and arithmetic.
{
  for (i = 1; i <= NF; i++) {
    count[$i]++
    length_sum += length($i)
  }
  if ($2 ~ /^[aeiou].*[^aeiou]$/) found++
  line = substr($0, 3, 12)
  gsub(/[0-9]+/, "#", line)
  marks += split(line, parts, "#") - 1
  x = (x * 31 + NR + length(parts[1])) % 1000003
}
END {
  for (word in count) { different++; if (count[word] > most) most = count[word] }
  print NR, length_sum, found, marks, x, different, most
}
