#include "crypto/pkcs11_uri.hpp"

#include <gmock/gmock.h>

namespace interlude::crypto {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Pkcs11Uri, IsTakenApart) {
  const Result<Pkcs11Uri> uri = parse_pkcs11_uri(
      "pkcs11:serial=12;object=root%20key;token=a%20b;type=private"
      "?module-path=/usr/lib/x%2Fy.so&pin-source=file:/run/pin");
  ASSERT_TRUE(uri) << uri.error().message();
  EXPECT_EQ(uri->token, "serial=12;token=a%20b");
  EXPECT_EQ(uri->object, "object=root%20key");
  EXPECT_EQ(uri->module_path, "/usr/lib/x/y.so");
  EXPECT_EQ(uri->pin_source, "/run/pin");
  EXPECT_EQ(parse_pkcs11_uri("pkcs11:token=a;id=%01?pin-source=/x")->pin_source, "/x");
}

TEST(Pkcs11Uri, RefusesWhatIsNotUnderstood) {
  for (const char* text :
       {"", "pkcs11:", "token=a;object=b", "pkcs11:token=a", "pkcs11:object=b",
        "pkcs11:token;object=b", "pkcs11:token=a;object=", "pkcs11:token=a;token=b;object=c",
        "pkcs11:token=a;object=b;x=1", "pkcs11:token=a;object=b;type=cert",
        "pkcs11:token=a;object=b?x=1", "pkcs11:token=%zz;object=b", "pkcs11:token=a%2;object=b",
        "pkcs11:token=a%00;object=b", "pkcs11:token=a b;object=c", "pkcs11:token=ä;object=c",
        "pkcs11:token=a;object=b?pin-source=relative",
        "pkcs11:token=a;object=b?pin-source=|program"}) {
    const Result<Pkcs11Uri> uri = parse_pkcs11_uri(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_EQ(uri.error().kind(), ErrorKind::Invalid);
  }
  EXPECT_FALSE(parse_pkcs11_uri("pkcs11:token=a;object=" + std::string(3000, 'b')));
}

TEST(Pkcs11Uri, RefusesAPinWithoutRepeatingIt) {
  const Result<Pkcs11Uri> uri = parse_pkcs11_uri("pkcs11:token=a;object=b?pin-value=123456");
  ASSERT_FALSE(uri);
  EXPECT_THAT(uri.error().message(), Not(HasSubstr("123456")));
}

}  // namespace
}  // namespace interlude::crypto
