"""Words of a page: what becomes a link, and that nothing else does."""

from grantwire.domain.delivery import DeliveryId
from grantwire.domain.line import waits_for
from grantwire.edges.web.words import linked

ID = "dlv_01M89D5FFSB10M41A39PF7WKH8"


def test_the_delivery_that_another_waits_for_is_a_link() -> None:
    assert f'<a href="/deliveries/{ID}">' in linked(waits_for(DeliveryId(ID)))


def test_words_of_a_target_stay_words() -> None:
    text = f'<b onclick="x">{ID}"></b> dlv_short {ID}x'
    assert linked(text).startswith("&lt;b onclick=&#34;x&#34;&gt;<a href=")
    assert linked(text).count("<a ") == 1
    assert "<b" not in linked(text)
