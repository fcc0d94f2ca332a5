// What processes of the detector's test map: two versions, one function.
extern "C" int version() {
  return VERSION;
}
