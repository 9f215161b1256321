# Text, hashes, regular expressions and sorting in Perl: work.pl ROUNDS.
use strict;
use warnings;
my ($rounds, $total, %count, @lines) = (shift, 0);
for my $i (1 .. $rounds) {
    $total = ($total * 31 + $i) % 1000003;
    my $word = sprintf "%06d-%x", $total, $i;
    $count{ substr $word, 0, 3 }++;
    push @lines, $word if $word =~ /^(\d)\d*\1-/;
    (my $changed = $word) =~ tr/0-9/a-j/;
    $total += length $1 if $changed =~ s/([a-e]+)/<$1>/;
}
my $sum = 0;
$sum = ($sum * 33 + ord) % 1000003 for map { split // } sort { $b cmp $a } @lines;
printf "%d %d %d %d\n", $total, scalar keys %count, scalar @lines, $sum;
