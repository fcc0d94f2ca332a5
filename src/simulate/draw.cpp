#include "simulate/draw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace interlude::simulate {
namespace {

constexpr double kWidth = 900;
constexpr double kHeight = 420;
constexpr double kLeft = 56;
constexpr double kRight = 20;
constexpr double kTop = 44;
constexpr double kBottom = 64;

/// One line of the picture.
struct Line {
  const char* name;
  const char* style;  ///< its class, and its letter in a terminal
  char mark;
  double (*share)(const Curve&, const Point&);
};

double of_all(const Curve& curve, std::uint64_t count) {
  return static_cast<double>(count) / static_cast<double>(curve.devices);
}

constexpr std::array<Line, 4> kLines = {{
    {"planned", "planned", '.',
     [](const Curve&, const Point& at) { return at.planned / 10'000.0; }},
    {"eligible", "eligible", 'o',
     [](const Curve& curve, const Point& at) { return of_all(curve, at.eligible); }},
    {"exposed", "exposed", 'x',
     [](const Curve& curve, const Point& at) { return of_all(curve, at.exposed); }},
    {"active", "active", '#',
     [](const Curve& curve, const Point& at) { return of_all(curve, at.active); }},
}};

double top_of(const Curve& curve) {
  double most = 0.001;
  for (const Point& point : curve.points) {
    for (const Line& line : kLines) most = std::max(most, line.share(curve, point));
  }
  for (const double step : {0.01, 0.02, 0.05, 0.1, 0.2, 0.5}) {
    if (most <= step) return step;
  }
  return 1;
}

std::string percent_text(double share) {
  return fmt::format("{:.3g} %", share * 100);
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&') {
      safe += "&amp;";
    } else if (c == '<') {
      safe += "&lt;";
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace

std::string to_svg(const Curve& curve, const std::string& title) {
  const double top = top_of(curve);
  const double hours = std::max(1.0, static_cast<double>(curve.points.back().after.count()) / 60);
  const auto x = [&](const Point& point) {
    return kLeft +
           (kWidth - kLeft - kRight) * static_cast<double>(point.after.count()) / 60 / hours;
  };
  const auto y = [&](double share) {
    return kHeight - kBottom - (kHeight - kTop - kBottom) * share / top;
  };
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" "
      "font-family=\"sans-serif\" font-size=\"13\">\n<title>{}</title>\n"
      "<style>\n.ink{{fill:#222}}.grid{{stroke:#ddd}}.back{{fill:#fff}}\n"
      "path{{fill:none;stroke-width:2}}.planned{{stroke:#888;stroke-dasharray:5 4}}"
      ".eligible{{stroke:#2a78c8}}.active{{stroke:#1d8a4b;stroke-width:3}}"
      ".exposed{{stroke:#c8472a}}\n"
      "@media (prefers-color-scheme:dark){{.ink{{fill:#ddd}}.grid{{stroke:#444}}"
      ".back{{fill:#181818}}}}\n</style>\n"
      "<rect class=\"back\" width=\"100%\" height=\"100%\"/>\n"
      "<text class=\"ink\" x=\"{}\" y=\"24\" font-size=\"15\">{}</text>\n",
      kWidth, kHeight, escaped(title), kLeft, escaped(title));
  for (int tick = 0; tick <= 4; ++tick) {
    const double share = top * tick / 4;
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
        "<text class=\"ink\" x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
        kLeft, kWidth - kRight, y(share), y(share), kLeft - 6, y(share) + 4, percent_text(share));
  }
  const int apart = hours <= 12 ? 1 : hours <= 30 ? 3 : hours <= 80 ? 6 : 24;
  for (int hour = 0; hour <= static_cast<int>(hours); hour += apart) {
    const Point at{minutes(hour * 60), 0, 0, 0, 0};
    svg += fmt::format(
        "<text class=\"ink\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{} h</text>\n", x(at),
        kHeight - kBottom + 18, hour);
  }
  double legend = kLeft;
  for (const Line& line : kLines) {
    std::string path;
    for (const Point& point : curve.points) {
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x(point),
                          y(line.share(curve, point)));
    }
    svg += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", line.style, path);
    svg += fmt::format(
        "<path class=\"{}\" d=\"M{} {}h24\"/><text class=\"ink\" x=\"{}\" y=\"{}\">{}</text>\n",
        line.style, legend, kHeight - 18, legend + 30, kHeight - 14, line.name);
    legend += 120;
  }
  return svg + "</svg>\n";
}

std::string to_text(const Curve& curve, std::size_t width, std::size_t height) {
  const double top = top_of(curve);
  std::vector<std::string> rows(height, std::string(width, ' '));
  for (const Line& line : kLines) {
    for (std::size_t column = 0; column < width; ++column) {
      const Point& point = curve.points[column * (curve.points.size() - 1) / (width - 1)];
      const double share = line.share(curve, point);
      if (share <= 0) continue;
      const auto row =
          static_cast<std::size_t>(share / top * static_cast<double>(height - 1) + 0.5);
      rows[height - 1 - std::min(row, height - 1)][column] = line.mark;
    }
  }
  std::string text;
  for (std::size_t row = 0; row < height; ++row) {
    const double share =
        top * static_cast<double>(height - 1 - row) / static_cast<double>(height - 1);
    const bool labelled = row % 4 == 0 || row + 1 == height;
    text += fmt::format("{:>7} |{}\n", labelled ? percent_text(share) : "", rows[row]);
  }
  text += fmt::format("{:>7} +{}\n{:>9}{:<{}}{}\n", "", std::string(width, '-'), "", "0 h",
                      width - 4, fmt::format("{} h", curve.points.back().after.count() / 60));
  text += "         . planned   o eligible   # active   x exposed";
  return text;
}

}  // namespace interlude::simulate
