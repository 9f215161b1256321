# Regular expressions, sorting, hashes, fork, pipes, signals, formats.
use strict;
use warnings;
$| = 1;

sub title { print "== @_\n" }

title "regular expressions";
my $text = "The year 1984, the year 2001; mail: joe\@example.org";
while ($text =~ /year (\d+)/g) { print "year $1 at ", pos($text), "\n" }
(my $swapped = $text) =~ s/(\w+)@(\w+)\.(\w+)/$3.$2!$1/;
print "$swapped\n";
print join("|", "a1b22c333" =~ /([a-z])(\d+)/g), "\n";
print "nested\n" if "(a(b)c)" =~ /^(\((?:[^()]++|(?1))*\))$/;
my %named = ("2024-05-06" =~ /(?<y>\d+)-(?<m>\d+)-(?<d>\d+)/) ? %+ : ();
print join(",", map { "$_=$named{$_}" } sort keys %named), "\n";
(my $tr = "hello") =~ tr/a-y/b-z/;
print "$tr ", ucfirst(lc "WORLD"), " ", scalar reverse("abc"), "\n";

title "sorting and hashes";
my $seed = 42;
my @numbers = map { $seed = ($seed * 1103515245 + 12345) % 2147483648; $seed % 1000 } 1 .. 2000;
my @sorted = sort { $a <=> $b || $a cmp $b } @numbers;
my %count;
$count{$_}++ for @numbers;
my @top = (sort { $count{$b} <=> $count{$a} || $a <=> $b } keys %count)[0 .. 4];
print "@sorted[0..9] ... $sorted[-1]; ", scalar(keys %count), " values; ", join(" ", map { "$_:$count{$_}" } @top), "\n";
my %tree = (list => [1, [2, 3]], hash => { a => { b => "c" } });
print $tree{list}[1][1], $tree{hash}{a}{b}, exists $tree{none} ? "yes" : "no", "\n";

title "numbers";
printf "%.15g %e %x %o %b %s\n", 1 / 3, 12345.678, 255, 8, 5, 2**53 + 1;
print 10 % 3, " ", -10 % 3, " ", int(-3.7), " ", 1e15 + 0.3, " ", 9**20, " ", "3 apples" * 2, "\n" if eval { no warnings; 1 };

title "closures, objects, eval";
my @subs = map { my $n = $_; sub { $n += shift } } 1 .. 3;
print join(",", map { $_->(10) } @subs), "\n";
package Animal { sub new { my ($class, %a) = @_; bless {%a}, $class } sub speak { my $s = shift; "$s->{name} says " . $s->sound } sub DESTROY { print "gone: $_[0]{name}\n" } }
package Dog { our @ISA = ("Animal"); sub sound { "woof" } }
{ my $dog = Dog->new(name => "Rex"); print $dog->speak, " ", $dog->isa("Animal"), "\n" }
eval { die { code => 7 } };
print "died with $@->{code}\n";
eval { my $x = 1; my $y = $x / ($x - 1) };
print $@;

title "fork and pipes";
for my $code (0, 3, 255) {
    my $pid = fork() // die;
    exit $code unless $pid;
    waitpid $pid, 0;
    print $? >> 8, " ";
}
print "\n";
pipe(my $r, my $w) or die;
my @children;
for my $n (1 .. 4) {
    my $pid = fork() // die;
    if (!$pid) { close $r; syswrite $w, sprintf("%03d\n", $n * $n); exit 0 }
    push @children, $pid;
}
close $w;
print sort <$r>;
waitpid $_, 0 for @children;
open(my $out, "|-", "sort -r | head -2") or die;
print $out "$_\n" for qw(a c b);
close $out;
open(my $in, "-|", "echo one; echo two >&1; exit 4") or die;
my @lines = <$in>;
close $in;
print scalar(@lines), " lines, exit ", $? >> 8, "\n";
print `echo backticks`, system("sh", "-c", "exit 6") >> 8, "\n";
my $pid = fork() // die;
if (!$pid) { sleep 100; exit 0 }
kill TERM => $pid;
waitpid $pid, 0;
print "signal ", $? & 127, "\n";

title "signals";
my $alarms = 0;
local $SIG{ALRM} = sub { $alarms++ };
local $SIG{USR1} = sub { print "USR1\n" };
kill USR1 => $$;
eval { local $SIG{ALRM} = sub { die "alarm\n" }; alarm 1; select undef, undef, undef, 10; alarm 0 };
print $@;

title "files";
open(my $f, ">", "data.txt") or die;
print $f "line $_\n" for 1 .. 500;
close $f;
open($f, "+<", "data.txt") or die;
seek $f, 100, 0;
read $f, my $part, 10;
print tell($f), " ", $part =~ s/\n/\\n/r, " ", -s "data.txt", "\n";
close $f;
mkdir "d" or die;
rename "data.txt", "d/moved.txt" or die;
symlink "d", "link" or die;
opendir(my $dir, "link") or die;
print join(" ", sort grep { !/^\./ } readdir $dir), " ", readlink("link"), "\n";
print -d "d" ? "folder" : "none", -l "link" ? " link" : "", -e "none" ? "" : " missing: $!", "\n";
chmod 0600, "d/moved.txt";
utime 1, 2, "d/moved.txt";
my @s = stat "d/moved.txt";
printf "%o %d %d %d\n", $s[2], $s[7], $s[8], $s[9];
local @ARGV = ("d/moved.txt");
my $sum = 0;
while (<>) { $sum += $1 if /(\d+)/ }
print "$sum\n";

title "formats, pack, sprintf";
our ($name, $value) = ("alpha", 3.14159);
format STDOUT =
@<<<<<<<< @>>>>>>> @##.##
$name,    $name,   $value
.
write;
print unpack("H*", pack("NnCa4w", 1, 2, 3, "ab", 300)), " ", join(",", unpack("(A2)*", "aabbcc")), "\n";
print join(",", localtime(0) ? (gmtime(86400))[3, 4, 5] : ()), " ", sprintf("%vd", "1.22.333"), "\n";
exit 5;
