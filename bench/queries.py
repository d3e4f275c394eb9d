"""What is asked of every server, word for word."""

REFERENCE = """
query Reference($first: Int!) { products(first: $first) { edges { cursor node { id name category abv
  ingredients { share ingredient { id name origin } }
  lore { id title features { id name } knownBy { id name } }
  variants { id volumeMl price { amount currency } available } } }
  pageInfo { hasNextPage endCursor } } }
"""
SMALL = "{ __typename }"
WATCH = """
subscription Watch($id: ID!) { cameoChanged(id: $id) { id status stage percent } }
"""
SIGN_IN = """
mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { ... on Session { accessToken } }
}
"""
HEADERS = {"accept-language": "en", "x-channel": "kr", "content-type": "application/json"}
