# Draws the table of trust_scale as an SVG: bytes on the left, CPU on the right, over the number of platforms.
BEGIN { FS = "\t"; split("first own other none", name, " "); split("#1f77b4 #d62728 #2ca02c #7f7f7f", colour, " ") }
NR > 1 {
  x[++n] = $1
  for (k = 1; k <= 4; ++k) {
    bytes[k, n] = $(3 * k); cpu[k, n] = $(3 * k + 2)
    if (bytes[k, n] > most_bytes) most_bytes = bytes[k, n]
    if (cpu[k, n] > most_cpu) most_cpu = cpu[k, n]
  }
}
# The next number above `v` that four even, round steps make.
function rounded(v,   step, i) {
  step = 10 ^ int(log(v / 4) / log(10) - 1)
  for (i = 0; 4 * step < v; ++i) step *= (i % 3 == 1) ? 2.5 : 2
  return 4 * step
}
function px(panel, v) { return 60 + panel * 420 + v / x[n] * 330 }
function py(v, most) { return 270 - v / most * 220 }
function panel_of(panel, title, values, most, unit,   k, i, line, v) {
  printf "<text x=\"%d\" y=\"30\" font-weight=\"bold\">%s</text>\n", px(panel, 0), title
  for (i = 0; i <= 4; ++i) {
    v = most * i / 4
    printf "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>", px(panel, 0), px(panel, x[n]), py(v, most), py(v, most)
    printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.*f</text>\n", px(panel, 0) - 6, py(v, most) + 4, unit == "ms" ? 1 : 0, unit == "ms" ? v : v / 1000
  }
  for (i = 1; i <= n; ++i) printf "<text x=\"%.1f\" y=\"288\" text-anchor=\"middle\">%d</text>\n", px(panel, x[i]), x[i]
  printf "<text x=\"%.1f\" y=\"306\" text-anchor=\"middle\">platforms, 100 improvements each</text>\n", px(panel, x[n] / 2)
  for (k = 1; k <= 4; ++k) {
    line = ""
    for (i = (k == 3 && x[1] == 1) ? 2 : 1; i <= n; ++i) line = line sprintf("%.1f,%.1f ", px(panel, x[i]), py(values[k, i], most))
    printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", line, colour[k]
  }
}
END {
  most_bytes = rounded(most_bytes); most_cpu = rounded(most_cpu)
  print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"860\" height=\"345\" font-family=\"sans-serif\" font-size=\"12\">"
  print "<rect width=\"860\" height=\"345\" fill=\"white\"/>"
  panel_of(0, "kB of metadata received", bytes, most_bytes, "kB")
  panel_of(1, "ms of CPU", cpu, most_cpu, "ms")
  split("a device's first look|news on its own platform|news on another platform|nothing new", what, "|")
  for (k = 1; k <= 4; ++k) {
    printf "<rect x=\"%d\" y=\"325\" width=\"18\" height=\"3\" fill=\"%s\"/><text x=\"%d\" y=\"331\">%s</text>\n", 60 + (k - 1) * 200, colour[k], 84 + (k - 1) * 200, what[k]
  }
  print "</svg>"
}
