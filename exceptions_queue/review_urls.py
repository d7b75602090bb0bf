"""The addresses of the twenty-case reviews."""

from django.urls import path

from exceptions_queue.views import reviews

app_name = "reviews"

urlpatterns = [
    path("", reviews.review_list, name="reviews"),
    path("draw/", reviews.draw, name="draw"),
    path("<int:review_id>/", reviews.review, name="review"),
    path("<int:review_id>/next/", reviews.next_case, name="next"),
    path("<int:review_id>/cases/<int:place>/", reviews.case, name="case"),
    path("<int:review_id>/close/", reviews.close, name="close"),
    path("<int:review_id>/put-away/", reviews.put_away, name="put_away"),
    path("<int:review_id>/draft/", reviews.to_draft, name="to_draft"),
]
